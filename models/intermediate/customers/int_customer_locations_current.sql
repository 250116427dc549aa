with

locations as (select * from {{ ref('int_customer_locations__validated') }})

select
    customer_number,
    country
from locations
where not is_quarantined and not is_superseded
