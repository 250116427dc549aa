with

described as (

    select
        category_id,
        category,
        subcategory,
        requires_maintenance,
        false as is_inferred
    from {{ ref('int_product_categories__validated') }}
    where not is_quarantined and not is_superseded

),

named as (

    select distinct category_id from {{ ref('int_products_current') }}

),

-- Categories that products name and no file has described yet.
inferred as (

    select
        named.category_id,
        'n/a' as category,
        'n/a' as subcategory,
        'n/a' as requires_maintenance,
        true as is_inferred
    from named
    left join described
        on named.category_id = described.category_id
    where described.category_id is null

)

select * from described
union all
select * from inferred
