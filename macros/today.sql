{#- The day the run stands for, as yyyy-mm-dd: the day it started, unless the variable as_of names another. -#}
{%- macro today() -%}
    {{- return(var('as_of', '') or run_started_at.strftime('%Y-%m-%d')) -}}
{%- endmacro -%}
