{{- config(schema='silver', access='protected', contract={'enforced': false}) -}}
with

lines as (select * from {{ ref('dashboard_lines') }}),

months as (

    select
        customer_key,
        country,
        order_month,
        month_number,
        cast(sum(sales_amount) as decimal(24, 2)) as revenue,
        cast(sum(case when is_compared then sales_amount end) as decimal(24, 2)) as revenue_to_day,
        count(distinct order_number) as orders,
        max(order_date) as last_order
    from lines
    group by customer_key, country, order_month, month_number

)

select
    *,
    lag(order_month) over (partition by customer_key order by order_month nulls last) as month_before
from months
