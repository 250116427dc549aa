-- What is reconciled are all rows that bronze holds, and all measures that a source declares; each source is watched.
with

landed as (
    {% for source, models in sources().items() %}
    select
        '{{ source }}' as source,
        count(*) as rows_landed
    from {{ ref(models.landed) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

measures as (
    {% for each in reconciled_measures() %}
    select
        '{{ each.source }}' as source,
        '{{ each.measure }}' as measure
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

reconciled as (select * from {{ ref('reconciliation') }}),

watched as (select * from {{ ref('data_quality_freshness') }})

select
    measures.source,
    measures.measure,
    landed.rows_landed,
    reconciled.landed
from measures
left join landed
    on measures.source = landed.source
left join reconciled
    on measures.source = reconciled.source
    and measures.measure = reconciled.measure
left join watched
    on measures.source = watched.source
where
    reconciled.landed is null
    or watched.source is null
    or (measures.measure = 'rows' and reconciled.landed <> landed.rows_landed)
