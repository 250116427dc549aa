-- What is an order worth, by country? Revenue per order, not the average of its lines.
with

sales as (select * from {{ ref('fact_sales') }}),

customers as (select * from {{ ref('dim_customers') }}),

countries as (

    select
        customers.country,
        count(distinct sales.customer_key) as customers,
        count(distinct sales.order_number) as orders,
        sum(sales.sales_amount) as revenue
    from sales
    inner join customers
        on sales.customer_key = customers.customer_key
    group by customers.country

)

select
    country,
    customers,
    orders,
    revenue,
    {{ divide_money('revenue', 'orders') }} as average_order_value
from countries
order by average_order_value desc, country asc
