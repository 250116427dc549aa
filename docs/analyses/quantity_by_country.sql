-- How many pieces go where, by year? Orders without a known date are in a year of their own.
with

sales as (select * from {{ ref('fact_sales') }}),

customers as (select * from {{ ref('dim_customers') }}),

dates as (select * from {{ ref('dim_dates') }})

select
    customers.country,
    dates.year,
    sum(sales.quantity) as quantity,
    count(distinct sales.product_key) as products_sold,
    count(distinct sales.order_number) as orders
from sales
inner join customers
    on sales.customer_key = customers.customer_key
inner join dates
    on sales.order_date_key = dates.date_key
group by customers.country, dates.year
order by customers.country, dates.year nulls last
