{#- How many days old a source may be, as its declaration says (`freshness: warn_after`). The graph that
    holds it is empty while dbt parses. -#}
{%- macro days_until_stale(landing_table) -%}
    {%- if not execute -%}
        {{- return(0) -}}
    {%- endif -%}
    {%- set warn_after = landing_declaration(landing_table).freshness.warn_after -%}
    {%- if warn_after.period != 'day' -%}
        {{- exceptions.raise_compiler_error(
            landing_table ~ ": warn_after has to be in days in models/bronze/_bronze__sources.yml"
        ) -}}
    {%- endif -%}
    {{- return(warn_after.count) -}}
{%- endmacro -%}
