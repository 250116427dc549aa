{#- Writes the comments of a table's columns in one statement; the adapter sends one for each column. -#}
{%- macro databricks__alter_column_comment(relation, column_dict) -%}
    {%- set comments = [] -%}
    {%- for column in column_dict.values() -%}
        {%- do comments.append(adapter.quote(column['name']) ~ " comment '" ~ escaped_text(column['description']) ~ "'") -%}
    {%- endfor -%}
    {%- if comments -%}
        {%- do run_query('alter table ' ~ relation ~ ' alter column ' ~ comments | join(', ')) -%}
    {%- endif -%}
{%- endmacro -%}
