{#- The rule violations of two arrays in one; either may be NULL. -#}
{%- macro append_violations(first, second) -%}
    {{- adapter.dispatch('append_violations')(first, second) -}}
{%- endmacro -%}

{%- macro duckdb__append_violations(first, second) -%}
    case when {{ first }} is not null or {{ second }} is not null then list_concat({{ first }}, {{ second }}) end
{%- endmacro -%}

{%- macro databricks__append_violations(first, second) -%}
    coalesce(concat({{ first }}, {{ second }}), {{ first }}, {{ second }})
{%- endmacro -%}
