with

lines as (select * from {{ ref('dashboard_lines') }})

select
    order_month,
    month_number,
    month_part,
    country,
    category,
    subcategory,
    product_line,
    product_name,
    cast(sum(sales_amount) as decimal(24, 2)) as revenue,
    cast(sum(quantity) as bigint) as quantity,
    cast(sum(gross_profit) as decimal(24, 2)) as gross_profit,
    cast(sum(revenue_without_cost) as decimal(24, 2)) as revenue_without_cost,
    cast(sum(case when is_compared then sales_amount else 0 end) as decimal(24, 2)) as revenue_to_day,
    cast(sum(case when is_compared then gross_profit end) as decimal(24, 2)) as gross_profit_to_day,
    cast(sum(case when is_compared then revenue_without_cost else 0 end) as decimal(24, 2)) as revenue_without_cost_to_day
from lines
group by
    order_month,
    month_number,
    month_part,
    country,
    category,
    subcategory,
    product_line,
    product_name
