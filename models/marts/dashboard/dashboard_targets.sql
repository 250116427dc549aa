with

targets as (select * from {{ ref('revenue_targets') }}),

product_sales as (select * from {{ ref('dashboard_product_sales') }}),

-- Months to come would be the newest ones of the dashboard, and have no revenue yet.
months as (

    select * from {{ ref('dashboard_months') }}
    where months_after >= 0

),

sold as (

    select
        order_month,
        country,
        category,
        sum(revenue) as revenue
    from product_sales
    group by order_month, country, category

)

select
    months.order_month,
    targets.country,
    targets.category,
    cast(targets.target as decimal(24, 2)) as target,
    cast(coalesce(sum(sold.revenue), 0) as decimal(24, 2)) as revenue
from targets
inner join months
    on cast(date_trunc('month', targets.month) as date) = months.order_month
left join sold
    on months.order_month = sold.order_month
    and coalesce(targets.country, sold.country) = sold.country
    and coalesce(targets.category, sold.category) = sold.category
group by months.order_month, targets.country, targets.category, targets.target
