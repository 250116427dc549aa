with

targets as (select * from {{ ref('revenue_targets') }}),

product_sales as (select * from {{ ref('dashboard_product_sales') }}),

-- Months to come would be the newest ones of the dashboard, and have no revenue yet.
months as (

    select * from {{ ref('dashboard_months') }}
    where months_after >= 0

)

select
    months.order_month,
    targets.country,
    targets.category,
    cast(targets.target as decimal(24, 2)) as target,
    cast(coalesce(sum(product_sales.revenue), 0) as decimal(24, 2)) as revenue
from targets
inner join months
    on cast(date_trunc('month', targets.month) as date) = months.order_month
left join product_sales
    on months.order_month = product_sales.order_month
    and coalesce(targets.country, product_sales.country) = product_sales.country
    and coalesce(targets.category, product_sales.category) = product_sales.category
group by months.order_month, targets.country, targets.category, targets.target
