{#- Whether a column of a model is marked as personal data. -#}
{%- macro is_personal(column) -%}
    {{- return((column.config or {}).get('meta', {}).get('personal_data', '') != '') -}}
{%- endmacro -%}
