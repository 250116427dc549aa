{#- A table that runs and publications write into (models/quality/_sources.yml). -#}
{%- macro audit_table(name) -%}
    {{- return(source('audit', name)) -}}
{%- endmacro -%}

{#- Whether this command builds or tests, and so writes down how it went. -#}
{%- macro keeps_records() -%}
    {{- return(execute and flags.WHICH in ['build', 'run', 'seed', 'snapshot', 'test']) -}}
{%- endmacro -%}

{#- Before a command that builds or tests: makes the audit tables that are not there, as declared. -#}
{%- macro create_audit_tables() -%}
    {%- if keeps_records() -%}
        {%- for declaration in audit_declarations() -%}
            {%- set table = audit_table(declaration.name) -%}
            {%- if not adapter.get_relation(table.database, table.schema, table.identifier) -%}
                {%- do create_audit_table(table, declaration) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}

{#- What the sources say of the audit tables. -#}
{%- macro audit_declarations() -%}
    {{- return(graph.sources.values() | selectattr('source_name', 'equalto', 'audit') | list) -}}
{%- endmacro -%}
