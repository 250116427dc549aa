{#- Several texts in one, separated by commas as in the file; NULL becomes nothing. -#}
{%- macro joined_text(columns) -%}
    {%- for column in columns -%}
        coalesce({{ column }}, ''){{ " || ',' || " if not loop.last }}
    {%- endfor -%}
{%- endmacro -%}
