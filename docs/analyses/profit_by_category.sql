-- Where do we earn? Revenue less the product's current cost, and its share of revenue.
with

sales as (select * from {{ ref('fact_sales') }}),

products as (select * from {{ ref('dim_products') }}),

categories as (

    select
        products.category,
        products.product_line,
        sum(sales.sales_amount) as revenue,
        sum(sales.quantity * products.cost) as cost
    from sales
    inner join products
        on sales.product_key = products.product_key
    group by products.category, products.product_line

)

select
    category,
    product_line,
    revenue,
    cost,
    revenue - cost as gross_profit,
    round(cast(revenue - cost as double) / cast(nullif(revenue, 0) as double), 6) as margin
from categories
order by gross_profit desc, category asc, product_line asc
