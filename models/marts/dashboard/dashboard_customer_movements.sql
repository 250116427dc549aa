with

years as (select * from {{ ref('dashboard_customer_years') }})

select
    country,
    movement,
    count(customer_key) as customers,
    cast(sum(revenue) as decimal(24, 2)) as revenue,
    cast(sum(revenue_before) as decimal(24, 2)) as revenue_before,
    cast(sum(change) as decimal(24, 2)) as change
from years
group by country, movement
