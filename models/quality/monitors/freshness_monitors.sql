with

freshness as (select * from {{ ref('data_quality_freshness') }}),

limits as (
    {% for source, model in landing_models().items() %}
    select
        '{{ source }}' as source,
        cast({{ days_until_stale(model) }} as double) as highest
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
