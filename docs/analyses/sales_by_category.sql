-- How is revenue divided among categories and subcategories?
with

sales as (select * from {{ ref('fact_sales') }}),

products as (select * from {{ ref('dim_products') }}),

categories as (

    select
        products.category,
        products.subcategory,
        count(distinct sales.order_number) as orders,
        sum(sales.quantity) as quantity,
        sum(sales.sales_amount) as revenue
    from sales
    inner join products
        on sales.product_key = products.product_key
    group by products.category, products.subcategory

)

select
    category,
    subcategory,
    orders,
    quantity,
    revenue,
    round(cast(revenue as double) / cast(sum(revenue) over () as double), 6) as share_of_revenue
from categories
order by revenue desc, category asc, subcategory asc
