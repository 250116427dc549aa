{#- The day of a moment in UTC. On Databricks a moment has no zone, and its day depends on the session of whoever
    reads a view. -#}
{%- macro utc_day(moment) -%}
    {{- adapter.dispatch('utc_day')(moment) -}}
{%- endmacro -%}

{%- macro duckdb__utc_day(moment) -%}
    cast({{ moment }} as date)
{%- endmacro -%}

{%- macro databricks__utc_day(moment) -%}
    date_from_unix_date(cast(unix_seconds({{ moment }}) div 86400 as int))
{%- endmacro -%}
