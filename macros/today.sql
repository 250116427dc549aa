{#- The day the run stands for, as yyyy-mm-dd: the day it started, unless the variable as_of says otherwise. -#}
{%- macro today() -%}
    {{- return(var('as_of', run_started_at.strftime('%Y-%m-%d'))) -}}
{%- endmacro -%}
