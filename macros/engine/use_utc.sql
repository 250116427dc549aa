{#- Sets the session's time zone, which an administrator of a workspace can change for all of its warehouses:
    a timestamp written as text would then be another moment, and a moment another day. -#}
{%- macro use_utc() -%}
    {{- return(adapter.dispatch('use_utc')()) -}}
{%- endmacro -%}

{#- The profile of DuckDB does it. -#}
{%- macro default__use_utc() -%}
    {{- return('') -}}
{%- endmacro -%}

{%- macro databricks__use_utc() -%}
    {{- return("set time zone 'UTC'") -}}
{%- endmacro -%}
