{#- Comments on DuckDB: in one statement, and only in the file that is published, where people read them.
    The adapter's own macros ask for the columns of every table twice. -#}
{%- macro duckdb__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- if relation.database != target.database and config.persist_column_docs() -%}
        {%- set comments = [relation.type ~ ' ' ~ relation ~ ' is ' ~ duckdb_escape_comment(model.description)] -%}
        {%- for column in model.columns.values() -%}
            {%- do comments.append('column ' ~ relation ~ '.' ~ column.name ~ ' is ' ~ duckdb_escape_comment(column.description)) -%}
        {%- endfor -%}
        {%- do run_query('comment on ' ~ comments | join('; comment on ')) -%}
    {%- endif -%}
{%- endmacro -%}
