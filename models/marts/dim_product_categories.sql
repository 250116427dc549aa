with

described as (

    select * from {{ ref('int_product_categories__validated') }}
    where not is_quarantined and not is_superseded

),

named as (select distinct category_id from {{ ref('int_products__merged') }}),

-- A category that only products name is inferred.
categories as (

    select
        coalesce(described.category_id, named.category_id) as category_id,
        coalesce(described.category, 'n/a') as category,
        coalesce(described.subcategory, 'n/a') as subcategory,
        coalesce(described.requires_maintenance, 'n/a') as requires_maintenance,
        described.category_id is null as is_inferred
    from described
    full outer join named
        on described.category_id = named.category_id

)

select
    {{ hash_key('categories.category_id') }} as product_category_key,
    categories.category_id,
    categories.category,
    categories.subcategory,
    categories.requires_maintenance,
    categories.is_inferred
from categories
