with

targets as (select * from {{ ref('revenue_targets') }}),

product_sales as (select * from {{ ref('dashboard_product_sales') }}),

sold as (

    select
        order_month,
        category,
        sum(revenue) as revenue
    from product_sales
    group by order_month, category

)

select
    cast(date_trunc('month', targets.month) as date) as order_month,
    targets.category,
    cast(targets.target as decimal(24, 2)) as target,
    cast(coalesce(sold.revenue, 0) as decimal(24, 2)) as revenue
from targets
left join sold
    on cast(date_trunc('month', targets.month) as date) = sold.order_month
    and targets.category = sold.category
