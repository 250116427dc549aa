{#- Makes an audit table as its source declares it, if it is not there. -#}
{%- macro create_audit_table(table, declaration) -%}
    {{- return(adapter.dispatch('create_audit_table')(table, declaration)) -}}
{%- endmacro -%}

{#- Readers open this file, so what the tables mean stands in it. -#}
{%- macro duckdb__create_audit_table(table, declaration) -%}
    {%- do run_query('create schema if not exists ' ~ table.without_identifier()) -%}
    {%- do run_query('create table if not exists ' ~ table ~ ' (' ~ columns_of_audit_table(declaration) ~ ')') -%}
    {%- set comments = ['table ' ~ table ~ ' is ' ~ duckdb_escape_comment(declaration.description)] -%}
    {%- for column in declaration.columns.values() -%}
        {%- do comments.append('column ' ~ table ~ '.' ~ column.name ~ ' is ' ~ duckdb_escape_comment(column.description)) -%}
    {%- endfor -%}
    {%- do run_query('comment on ' ~ comments | join('; comment on ')) -%}
{%- endmacro -%}

{#- The schema is asked for first: creating takes a right that whoever runs the job need not have. A published view
    can read a former version as long as the property says; the view has the comments. -#}
{%- macro databricks__create_audit_table(table, declaration) -%}
    {%- if not adapter.check_schema_exists(table.database, table.schema) -%}
        {%- do run_query('create schema if not exists ' ~ table.without_identifier()) -%}
    {%- endif -%}
    {%- do run_query(
        'create table if not exists ' ~ table ~ ' (' ~ columns_of_audit_table(declaration)
        ~ ") tblproperties ('delta.deletedFileRetentionDuration' = 'interval 30 days')"
    ) -%}
{%- endmacro -%}

{#- Its columns with their types. -#}
{%- macro columns_of_audit_table(declaration) -%}
    {%- for column in declaration.columns.values() -%}
{{ column.name }} {{ column.data_type }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro -%}
