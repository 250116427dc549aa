with

product_sales as (select * from {{ ref('dashboard_product_sales') }}),

months as (select * from {{ ref('dashboard_months') }}),

-- Sales of a year before are added as rows of the month they are compared with. Where the last month is not over,
-- only the same days of that month a year before count.
both_years as (

    select
        order_month,
        month_part,
        country,
        category,
        subcategory,
        product_line,
        product_name,
        revenue,
        gross_profit,
        revenue_without_cost,
        0 as revenue_before
    from product_sales
    union all
    select
        months.order_month,
        months.month_part,
        product_sales.country,
        product_sales.category,
        product_sales.subcategory,
        product_sales.product_line,
        product_sales.product_name,
        0 as revenue,
        null as gross_profit,
        0 as revenue_without_cost,
        case when months.months_after = 0 then product_sales.revenue_to_day else product_sales.revenue end as revenue_before
    from product_sales
    inner join months
        on product_sales.month_number + 12 = months.month_number
    where months.months_after >= 0

)

select
    both_years.order_month,
    both_years.month_part,
    months.months_before,
    both_years.country,
    both_years.category,
    both_years.subcategory,
    both_years.product_line,
    both_years.product_name,
    cast(sum(both_years.revenue) as decimal(24, 2)) as revenue,
    cast(sum(both_years.gross_profit) as decimal(24, 2)) as gross_profit,
    cast(sum(both_years.revenue_without_cost) as decimal(24, 2)) as revenue_without_cost,
    cast(sum(both_years.revenue_before) as decimal(24, 2)) as revenue_before
from both_years
left join months
    on both_years.order_month = months.order_month
group by
    both_years.order_month,
    both_years.month_part,
    months.months_before,
    both_years.country,
    both_years.category,
    both_years.subcategory,
    both_years.product_line,
    both_years.product_name
