with

customers as (select * from {{ ref('int_customers_current') }}),

locations as (select * from {{ ref('dim_locations') }})

select
    {{ hash_key('cast(customers.customer_id as ' ~ dbt.type_string() ~ ')') }} as customer_key,
    customers.customer_id,
    customers.customer_number,
    customers.first_name,
    customers.last_name,
    customers.country,
    customers.marital_status,
    customers.gender,
    customers.birthdate,
    customers.create_date,
    locations.location_key,
    customers.is_inferred,
    customers.gone_since
from customers
inner join locations
    on customers.country = locations.country
