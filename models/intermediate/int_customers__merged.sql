with

customers as (

    select * from {{ ref('int_customers__validated') }}
    where not is_quarantined and not is_superseded

),

details as (

    select * from {{ ref('int_customer_details__validated') }}
    where not is_quarantined and not is_superseded

),

locations as (

    select * from {{ ref('int_customer_locations__validated') }}
    where not is_quarantined and not is_superseded

)

-- The CRM's gender wins, the ERP's fills the gaps. A country is n/a where the ERP states none that is known, and
-- NULL where it does not list the customer: then the country it stated last still holds.
select
    customers.customer_id,
    coalesce(customers.customer_number, 'n/a') as customer_number,
    coalesce(customers.first_name, 'n/a') as first_name,
    coalesce(customers.last_name, 'n/a') as last_name,
    locations.country,
    customers.marital_status,
    coalesce(nullif(customers.gender, 'n/a'), details.gender, 'n/a') as gender,
    details.birthdate,
    customers.create_date
from customers
left join details
    on customers.customer_number = details.customer_number
left join locations
    on customers.customer_number = locations.customer_number
