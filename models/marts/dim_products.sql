with

products as (select * from {{ ref('int_products__merged') }}),

categories as (select * from {{ ref('dim_product_categories') }})

select
    {{ hash_key('products.product_number') }} as product_key,
    products.product_id,
    products.product_number,
    products.product_name,
    products.category_id,
    categories.category,
    categories.subcategory,
    categories.requires_maintenance,
    products.cost,
    products.product_line,
    products.start_date,
    categories.product_category_key,
    products.is_inferred,
    products.deleted_on
from products
inner join categories
    on products.category_id = categories.category_id
