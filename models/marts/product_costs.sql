with

versions as (

    select * from {{ ref('int_products_judged') }}
    where not is_rejected

),

products as (select * from {{ ref('dim_products') }}),

-- A version that was replaced on the day it began was never valid.
valid as (

    select
        product_number,
        cost,
        end_date,
        lag(end_date) over (partition by product_number order by start_date) as previous_end_date
    from versions
    where end_date is null or end_date >= start_date

)

-- The first version reaches back to the beginning of time; a product nobody described costs what the
-- dimension says, always.
select
    products.product_key,
    products.product_number,
    coalesce(valid.cost, products.cost) as cost,
    coalesce(
        cast({{ dbt.dateadd('day', 1, 'valid.previous_end_date') }} as date),
        cast('1900-01-01' as date)
    ) as valid_from,
    coalesce(valid.end_date, cast('9999-12-31' as date)) as valid_to,
    valid.end_date is null as is_current
from products
left join valid
    on products.product_number = valid.product_number
