-- How much have we sold, to whom, and what is left of it? Gross profit leaves out revenue_without_cost.
with

sales as (select * from {{ ref('fact_sales') }}),

costs as (select * from {{ ref('product_costs') }}),

summed as (

    select
        count(*) as order_lines,
        count(distinct sales.order_number) as orders,
        count(distinct sales.customer_key) as customers,
        count(distinct sales.product_key) as products_sold,
        sum(sales.quantity) as quantity,
        sum(sales.sales_amount) as revenue,
        sum(sales.sales_amount - sales.quantity * costs.cost) as gross_profit,
        sum(case when costs.cost is null then sales.sales_amount else 0 end) as revenue_without_cost,
        min(sales.order_date) as first_order_date,
        max(sales.order_date) as last_order_date
    from sales
    inner join costs
        on {{ costed_on('sales', 'costs') | indent(4) }}

)

select
    order_lines,
    orders,
    customers,
    products_sold,
    quantity,
    revenue,
    gross_profit,
    revenue_without_cost,
    {{ divide_money('revenue', 'orders') }} as average_order_value,
    first_order_date,
    last_order_date
from summed
