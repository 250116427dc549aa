-- What did we really earn? Each sale costed at the version of the product valid on its order date, beside
-- what the current cost would say. An order without a known date is costed at the current version,
-- and a line whose cost is unknown is left out of cost and profit.
with

sales as (

    select
        *,
        coalesce(order_date, cast('9999-12-31' as date)) as costing_date
    from {{ ref('fact_sales') }}

),

products as (select * from {{ ref('dim_products') }}),

costs as (select * from {{ ref('product_costs') }})

select
    products.category,
    count(*) as order_lines,
    sum(sales.sales_amount) as revenue,
    sum(sales.quantity * costs.cost) as cost_of_the_day,
    sum(sales.quantity * products.cost) as cost_now,
    sum(sales.sales_amount - sales.quantity * costs.cost) as gross_profit_of_the_day,
    sum(sales.sales_amount - sales.quantity * products.cost) as gross_profit_now,
    sum(case when costs.cost is null then sales.sales_amount else 0 end) as revenue_without_cost_of_the_day,
    sum(case when products.cost is null then sales.sales_amount else 0 end) as revenue_without_cost_now
from sales
inner join products
    on sales.product_key = products.product_key
inner join costs
    on sales.product_key = costs.product_key
    and sales.costing_date between costs.valid_from and costs.valid_to
group by products.category
order by gross_profit_of_the_day desc nulls last, products.category asc
