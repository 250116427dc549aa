with

freshness as (select * from {{ ref('data_quality_freshness') }}),

limits as (
    {% for source, models in sources().items() %}
    {%- set warn_after = landing_declaration(models.landed).freshness.warn_after %}
    select
        '{{ source }}' as source,
        cast({{ warn_after.count }} as double) / {{ {'day': 1, 'hour': 24, 'minute': 1440}[warn_after.period] }} as highest
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

ages as (

    select
        freshness.source,
        cast(freshness.delivered_at as date) as measured_on,
        cast({{ dbt.datediff('freshness.delivered_at', "cast('" ~ today() ~ "' as date)", 'day') }} as double) as measured,
        limits.highest
    from freshness
    inner join limits
        on freshness.source = limits.source

)

select
    'freshness' as monitor,
    source as subject,
    source,
    measured_on,
    measured,
    cast(null as double) as usual,
    cast(null as double) as lowest,
    highest,
    cast(0 as bigint) as past_values,
    case when measured > highest then 'warn' else 'ok' end as status
from ages
