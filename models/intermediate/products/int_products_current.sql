with

versions as (

    select * from {{ ref('int_products_judged') }}
    where not is_rejected and not is_set_aside

),

sold as (

    select distinct product_number from {{ ref('int_sales_judged') }}
    where not is_product_known and not is_rejected and not is_set_aside

),

described as (

    select
        product_number,
        product_id,
        product_name,
        category_id,
        cost,
        product_line,
        start_date,
        false as is_inferred
    from versions

),

-- Products that sales name and no file has described yet.
inferred as (

    select
        sold.product_number,
        cast(null as int) as product_id,
        'n/a' as product_name,
        'n/a' as category_id,
        cast(0 as decimal(18, 2)) as cost,
        'n/a' as product_line,
        cast(null as date) as start_date,
        true as is_inferred
    from sold
    left join versions
        on sold.product_number = versions.product_number
    where versions.product_number is null

)

select * from described
union all
select * from inferred
