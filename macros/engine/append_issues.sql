{#- The findings of two arrays in one; either may be NULL. -#}
{%- macro append_issues(first, second) -%}
    {{- adapter.dispatch('append_issues')(first, second) -}}
{%- endmacro -%}

{%- macro duckdb__append_issues(first, second) -%}
    case when {{ first }} is not null or {{ second }} is not null then list_concat({{ first }}, {{ second }}) end
{%- endmacro -%}

{%- macro databricks__append_issues(first, second) -%}
    coalesce(concat({{ first }}, {{ second }}), {{ first }}, {{ second }})
{%- endmacro -%}
