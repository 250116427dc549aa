with

periods as (select * from {{ ref('dim_products_history') }})

select
    product_key,
    product_number,
    cost,
    valid_from,
    valid_to,
    is_current
from periods
