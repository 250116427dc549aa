with

categories as (select * from {{ ref('int_product_categories_known') }})

select
    {{ hash_key('category_id') }} as product_category_key,
    category_id,
    category,
    subcategory,
    requires_maintenance,
    is_inferred
from categories
