{{- config(schema='silver', access='protected', contract={'enforced': false}) -}}
with

periods as (select * from {{ ref('dashboard_customer_periods') }}),

listed as (

    select
        *,
        'Largest' as listed_as,
        revenue as listed_by
    from periods
    where revenue > 0
    union all
    select
        *,
        case when movement = 'Growing' then movement else 'Declining' end as listed_as,
        abs(change) as listed_by
    from periods
    where movement in ('Growing', 'Declining', 'Without an order')

),

-- Ordered by one column, the engines need not sort all rows to find these.
placed as (

    select
        period_number,
        country,
        listed_as,
        listed_by,
        row_number() over (partition by period_number, country, listed_as order by listed_by desc) as place
    from listed

),

-- Others may have as much as the tenth.
tenth as (

    select
        period_number,
        country,
        listed_as,
        min(listed_by) as listed_by
    from placed
    where place <= 10
    group by period_number, country, listed_as

)

select listed.*
from listed
inner join tenth
    on listed.period_number = tenth.period_number
    and listed.country = tenth.country
    and listed.listed_as = tenth.listed_as
    and listed.listed_by >= tenth.listed_by
