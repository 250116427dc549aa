{#- A hook that sees its model as built. On DuckDB that is after the commit; dbt-databricks, which knows
    no transactions, passes over hooks that ask for that without a word. -#}
{%- macro run_after_build(sql) -%}
    {{- return(adapter.dispatch('run_after_build')(sql)) -}}
{%- endmacro -%}

{%- macro duckdb__run_after_build(sql) -%}
    {{- return(after_commit(sql)) -}}
{%- endmacro -%}

{%- macro databricks__run_after_build(sql) -%}
    {{- return(sql) -}}
{%- endmacro -%}
