{#- Text without the ASCII control characters, tabs and line breaks among them. -#}
{%- macro without_control_characters(expression) -%}
    translate({{ expression }}, {% for code in range(1, 32) %}chr({{ code }}) || {% endfor %}chr(127), '')
{%- endmacro -%}
