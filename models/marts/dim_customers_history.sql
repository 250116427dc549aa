with

customers as (select * from {{ ref('dim_customers') }}),

periods as (select * from {{ ref('int_customer_periods') }}),

locations as (select * from {{ ref('dim_locations') }}),

-- A customer whom no file describes has one period, as the dimension knows him.
described as (

    select
        customers.customer_key,
        customers.customer_id,
        {%- for column in ['customer_number', 'first_name', 'last_name', 'country', 'marital_status', 'gender'] %}
        coalesce(periods.{{ column }}, customers.{{ column }}) as {{ column }},
        {%- endfor %}
        periods.birthdate,
        periods.create_date,
        coalesce(periods.valid_from, cast('1900-01-01' as date)) as valid_from,
        coalesce(periods.valid_to, cast('9999-12-31' as date)) as valid_to
    from customers
    left join periods
        on customers.customer_id = periods.customer_id

)

select
    described.customer_key,
    described.customer_id,
    described.customer_number,
    described.first_name,
    described.last_name,
    described.country,
    described.marital_status,
    described.gender,
    described.birthdate,
    described.create_date,
    locations.location_key,
    described.valid_from,
    described.valid_to,
    described.valid_to = cast('9999-12-31' as date) as is_current
from described
inner join locations
    on described.country = locations.country
