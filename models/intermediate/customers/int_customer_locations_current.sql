with

locations as (select * from {{ ref('int_customer_locations_judged') }})

select
    customer_number,
    country
from locations
where not is_rejected and not is_set_aside
