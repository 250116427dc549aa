{#- Whether the engine knows metric views. Where it does not, the definition is read by the compiler of
    questions alone (libs/metric_ask), and no relation is made. -#}
{%- macro has_metric_views() -%}
    {{- return(adapter.dispatch('has_metric_views')()) -}}
{%- endmacro -%}

{%- macro default__has_metric_views() -%}
    {{- return(false) -}}
{%- endmacro -%}

{%- macro databricks__has_metric_views() -%}
    {{- return(true) -}}
{%- endmacro -%}
