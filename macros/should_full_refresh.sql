{#- Whether incremental models are rebuilt from nothing: what the model says, or the flag --full-refresh,
    or the variable full_refresh, because a Databricks job can pass a parameter and no flag. -#}
{%- macro should_full_refresh() -%}
    {%- set wanted = var('full_refresh') | string | lower -%}
    {%- if wanted not in ('true', 'false') -%}
        {{- exceptions.raise_compiler_error("The variable full_refresh is '" ~ wanted ~ "'. Use true or false.") -}}
    {%- endif -%}
    {%- set configured = config.get('full_refresh') -%}
    {{- return((flags.FULL_REFRESH or wanted == 'true') if configured is none else configured) -}}
{%- endmacro -%}
