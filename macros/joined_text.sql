{#- Several texts in one, separated by commas as in the file; NULL becomes nothing. -#}
{%- macro joined_text(columns) -%}
    {%- for column in columns -%}
        coalesce({{ column }}, ''){{ " || ',' || " if not loop.last }}
    {%- endfor -%}
{%- endmacro -%}

{#- Several texts in one to compare rows by: the same only if each field is, because a comma within a
    field gets a ^ before it. -#}
{%- macro comparable_text(columns) -%}
    {%- for column in columns -%}
        replace(replace(coalesce({{ column }}, ''), '^', '^^'), ',', '^,'){{ " || ',' || " if not loop.last }}
    {%- endfor -%}
{%- endmacro -%}
