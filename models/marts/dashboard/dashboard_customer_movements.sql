with

periods as (select * from {{ ref('dashboard_customer_periods') }})

select
    first_month,
    last_month,
    period_kind,
    country,
    movement,
    count(customer_key) as customers,
    cast(sum(revenue) as decimal(24, 2)) as revenue,
    cast(sum(revenue_before) as decimal(24, 2)) as revenue_before,
    cast(sum(change) as decimal(24, 2)) as change
from periods
where movement is not null
group by first_month, last_month, period_kind, country, movement
