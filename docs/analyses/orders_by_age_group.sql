-- How old are the people who order? Age on the day of the order, in tens.
with

sales as (select * from {{ ref('fact_sales') }}),

customers as (select * from {{ ref('dim_customers') }}),

orders as (

    select
        order_number,
        customer_key,
        order_date_key,
        sum(sales_amount) as revenue
    from sales
    group by order_number, customer_key, order_date_key

),

aged as (

    select
        orders.order_number,
        orders.customer_key,
        orders.revenue,
        floor((nullif(orders.order_date_key, -1) - nullif({{ date_key('customers.birthdate') }}, -1)) / 10000) as age
    from orders
    inner join customers
        on orders.customer_key = customers.customer_key

),

grouped as (

    select
        order_number,
        customer_key,
        revenue,
        case
            when age is null then 'n/a'
            when age < 30 then 'under 30'
            when age < 40 then '30 to 39'
            when age < 50 then '40 to 49'
            when age < 60 then '50 to 59'
            when age < 70 then '60 to 69'
            else '70 and over'
        end as age_group
    from aged

)

select
    age_group,
    count(distinct order_number) as orders,
    count(distinct customer_key) as customers,
    sum(revenue) as revenue
from grouped
group by age_group
order by orders desc, age_group asc
