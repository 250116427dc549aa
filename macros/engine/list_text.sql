{#- The distinct values of an expression in one text, in alphabetical order, separated by "; ". -#}
{%- macro list_text(expression) -%}
    {{- adapter.dispatch('list_text')(expression) -}}
{%- endmacro -%}

{%- macro duckdb__list_text(expression) -%}
    string_agg(distinct {{ expression }}, '; ' order by {{ expression }})
{%- endmacro -%}

{%- macro databricks__list_text(expression) -%}
    array_join(array_sort(collect_set({{ expression }})), '; ')
{%- endmacro -%}
