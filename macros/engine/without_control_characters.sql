{#- Text without the ASCII control characters, tabs and line breaks among them. -#}
{%- macro without_control_characters(expression) -%}
    {{- adapter.dispatch('without_control_characters')(expression) -}}
{%- endmacro -%}

{%- macro duckdb__without_control_characters(expression) -%}
    regexp_replace({{ expression }}, '[' || chr(1) || '-' || chr(31) || chr(127) || ']', '', 'g')
{%- endmacro -%}

{%- macro databricks__without_control_characters(expression) -%}
    translate({{ expression }}, {% for code in range(1, 32) %}chr({{ code }}) || {% endfor %}chr(127), '')
{%- endmacro -%}
