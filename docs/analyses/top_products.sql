-- Which three products lead their category, by revenue?
with

sales as (select * from {{ ref('fact_sales') }}),

products as (select * from {{ ref('dim_products') }}),

sold as (

    select
        products.category,
        products.product_number,
        products.product_name,
        sum(sales.quantity) as quantity,
        sum(sales.sales_amount) as revenue
    from sales
    inner join products
        on sales.product_key = products.product_key
    group by products.category, products.product_number, products.product_name

),

ranked as (

    select
        *,
        row_number() over (partition by category order by revenue desc, product_number asc) as place
    from sold

)

select
    category,
    place,
    product_number,
    product_name,
    quantity,
    revenue
from ranked
where place <= 3
order by category, place
