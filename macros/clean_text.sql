{#- Text as people meant it: no blanks around it (no-break spaces included), and NULL when nothing is left. -#}
{%- macro clean_text(expression) -%}
    nullif(trim(replace({{ expression }}, chr(160), ' ')), '')
{%- endmacro -%}
