-- What does each product bring in? Products that were never sold are in the list too.
with

sales as (select * from {{ ref('fact_sales') }}),

products as (select * from {{ ref('dim_products') }})

select
    products.product_number,
    products.product_name,
    products.category,
    count(distinct sales.order_number) as orders,
    coalesce(sum(sales.quantity), 0) as quantity,
    coalesce(sum(sales.sales_amount), 0) as revenue,
    max(sales.order_date) as last_order_date
from products
left join sales
    on products.product_key = sales.product_key
group by products.product_number, products.product_name, products.category
order by revenue desc, products.product_number asc
