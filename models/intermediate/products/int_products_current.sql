with

known as (select * from {{ ref('int_products_known') }}),

sold as (

    select distinct product_number from {{ ref('int_sales__validated') }}
    where not is_quarantined and not is_superseded

),

described as (

    select
        *,
        false as is_inferred
    from known

),

-- Products that sales name and no file has described yet.
inferred as (

    select
        sold.product_number,
        cast(null as int) as product_id,
        'n/a' as product_name,
        'n/a' as category_id,
        cast(null as decimal(18, 2)) as cost,
        'n/a' as product_line,
        cast(null as date) as start_date,
        cast(null as date) as deleted_on,
        true as is_inferred
    from sold
    left join known
        on sold.product_number = known.product_number
    where known.product_number is null

)

select * from described
union all
select * from inferred
