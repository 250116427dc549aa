-- Refers to the product by its key.
-- depends_on: {{ ref('dim_products') }}

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
