with

products as (select * from {{ ref('dim_products') }}),

periods as (select * from {{ ref('int_product_periods') }}),

categories as (select * from {{ ref('dim_product_categories') }}),

-- A product that no file describes has one period, as the dimension knows it.
described as (

    select
        products.product_key,
        coalesce(periods.product_id, products.product_id) as product_id,
        products.product_number,
        {%- for column in ['product_name', 'category_id', 'product_line'] %}
        coalesce(periods.{{ column }}, products.{{ column }}) as {{ column }},
        {%- endfor %}
        periods.cost,
        coalesce(periods.valid_from, cast('1900-01-01' as date)) as valid_from,
        coalesce(periods.valid_to, cast('9999-12-31' as date)) as valid_to
    from products
    left join periods
        on products.product_number = periods.product_number

)

select
    described.product_key,
    described.product_id,
    described.product_number,
    described.product_name,
    described.category_id,
    coalesce(categories.category, 'n/a') as category,
    coalesce(categories.subcategory, 'n/a') as subcategory,
    described.cost,
    described.product_line,
    described.valid_from,
    described.valid_to,
    described.valid_to = cast('9999-12-31' as date) as is_current
from described
left join categories
    on described.category_id = categories.category_id
