{#- Each source and its landing table, a row each. Whoever reads the list of landed files by it waits for
    the bronze models, which write that list: a dependency is found while dbt parses. -#}
{%- macro landing_sources() -%}
    {%- for source, model in landing_models().items() %}
    {%- if not execute %}{% do ref(model) %}{% endif %}
    select
        '{{ source }}' as source,
        '{{ model }}' as landing_table
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro -%}
