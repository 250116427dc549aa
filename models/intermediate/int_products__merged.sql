with

-- The last version of each product, as the files describe it now or described it last.
described as (

    select * from {{ ref('products_history') }}
    qualify row_number() over (
        partition by product_number
        order by coalesce(dbt_valid_to, cast('9999-12-31' as timestamp)) desc, start_date desc
    ) = 1

),

sold as (

    select distinct product_number from {{ ref('int_sales__validated') }}
    where not is_quarantined and not is_superseded

)

-- A product that only sales name is inferred.
select
    coalesce(described.product_number, sold.product_number) as product_number,
    described.product_id,
    coalesce(described.product_name, 'n/a') as product_name,
    coalesce(described.category_id, 'n/a') as category_id,
    described.cost,
    coalesce(described.product_line, 'n/a') as product_line,
    described.start_date,
    cast(described.dbt_valid_to as date) as deleted_on,
    described.product_number is null as is_inferred
from described
full outer join sold
    on described.product_number = sold.product_number
