-- Which hundred customers bought for the most money, how often, and when last?
with

sales as (select * from {{ ref('fact_sales') }}),

customers as (select * from {{ ref('dim_customers') }})

select
    customers.customer_id,
    customers.customer_number,
    customers.first_name,
    customers.last_name,
    customers.country,
    count(distinct sales.order_number) as orders,
    sum(sales.quantity) as quantity,
    sum(sales.sales_amount) as revenue,
    min(sales.order_date) as first_order_date,
    max(sales.order_date) as last_order_date
from sales
inner join customers
    on sales.customer_key = customers.customer_key
group by
    customers.customer_id,
    customers.customer_number,
    customers.first_name,
    customers.last_name,
    customers.country
order by revenue desc, customers.customer_id asc
limit 100
