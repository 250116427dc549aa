-- What is reconciled are all rows that bronze holds.
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

reconciled as (

    select * from {{ ref('reconciliation') }}
    where measure = 'rows'

)

select
    landed.source,
    landed.rows_landed,
    reconciled.landed as rows_reconciled
from landed
left join reconciled
    on landed.source = reconciled.source
where reconciled.landed is null or reconciled.landed <> landed.rows_landed
