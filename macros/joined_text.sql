{#- Several texts in one, separated by commas as in the file; NULL becomes nothing.
    comparable: a comma within a field gets a ^ before it, so that two rows are the same only if each field is. -#}
{%- macro joined_text(columns, comparable=false) -%}
    {%- for column in columns -%}
        {%- set text = "coalesce(" ~ column ~ ", '')" -%}
        {{ "replace(replace(" ~ text ~ ", '^', '^^'), ',', '^,')" if comparable else text }}{{ " || ',' || " if not loop.last }}
    {%- endfor -%}
{%- endmacro -%}
