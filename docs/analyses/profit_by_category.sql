-- Where do we earn? Revenue less the product's cost on the day of the order, and its share of revenue;
-- both leave out revenue_without_cost, where the cost is unknown.
with

sales as (select * from {{ ref('fact_sales') }}),

products as (select * from {{ ref('dim_products') }}),

costs as (select * from {{ ref('product_costs') }}),

categories as (

    select
        products.category,
        products.product_line,
        sum(sales.sales_amount) as revenue,
        sum(case when costs.cost is null then sales.sales_amount else 0 end) as revenue_without_cost,
        sum(sales.quantity * costs.cost) as cost
    from sales
    inner join products
        on sales.product_key = products.product_key
    inner join costs
        on {{ costed_on('sales', 'costs') | indent(4) }}
    group by products.category, products.product_line

)

select
    category,
    product_line,
    revenue,
    revenue_without_cost,
    cost,
    revenue - revenue_without_cost - cost as gross_profit,
    round(
        cast(revenue - revenue_without_cost - cost as double)
        / cast(nullif(revenue - revenue_without_cost, 0) as double),
        6
    ) as margin
from categories
order by gross_profit desc nulls last, category asc, product_line asc
