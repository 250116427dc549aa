{#- Puts the candidate gold in place of the published one. Runs after the last model of a build, so
    only when every model was built and every test before it has passed; `dbt run`, which tests
    nothing, publishes nothing. -#}
{%- macro publish_gold() -%}
    {%- if execute and flags.WHICH == 'build' -%}
        {{- adapter.dispatch('publish_gold')() -}}
    {%- endif -%}
{%- endmacro -%}

{%- macro duckdb__publish_gold() -%}
    {%- set published = env_var('LAKEHOUSE_PUBLISHED', 'warehouse/published.duckdb') -%}
    checkpoint gold_next;
    select publish_file('{{ published }}.next', '{{ published }}')
{%- endmacro -%}

{#- Elsewhere gold is built in place: each table is replaced by one atomic commit. -#}
{%- macro default__publish_gold() -%}
{%- endmacro -%}
