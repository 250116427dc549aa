{{- config(schema='silver', access='protected', contract={'enforced': false}) -}}
with

lines as (select * from {{ ref('dashboard_lines') }}),

months as (

    select
        customer_key,
        country,
        order_month,
        cast(sum(sales_amount) as decimal(24, 2)) as revenue
    from lines
    group by customer_key, country, order_month

)

select
    *,
    lag(order_month) over (partition by customer_key order by order_month nulls last) as month_before
from months
