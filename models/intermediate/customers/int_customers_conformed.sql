with

customers as (

    select * from {{ ref('int_customers__validated') }}
    where not is_quarantined and not is_superseded

),

details as (

    select * from {{ ref('int_customer_details__validated') }}
    where not is_quarantined and not is_superseded

)

-- The CRM's gender wins, the ERP's fills the gaps.
select
    customers.customer_id,
    coalesce(customers.customer_number, 'n/a') as customer_number,
    coalesce(customers.first_name, 'n/a') as first_name,
    coalesce(customers.last_name, 'n/a') as last_name,
    customers.marital_status,
    coalesce(nullif(customers.gender, 'n/a'), details.gender, 'n/a') as gender,
    details.birthdate,
    customers.create_date
from customers
left join details
    on customers.customer_number = details.customer_number
