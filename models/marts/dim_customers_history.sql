{%- set texts = ['customer_number', 'first_name', 'last_name', 'country', 'marital_status', 'gender'] -%}

with

customers as (select * from {{ ref('dim_customers') }}),

periods as (select * from {{ ref('int_customers__periods') }}),

locations as (select * from {{ ref('dim_locations') }})

-- A customer whom no file describes has one period, as the dimension knows him.
select
    customers.customer_key,
    customers.customer_id,
    {%- for column in texts %}
    coalesce(periods.{{ column }}, 'n/a') as {{ column }},
    {%- endfor %}
    periods.birthdate,
    periods.create_date,
    locations.location_key,
    coalesce(periods.valid_from, cast('1900-01-01' as date)) as valid_from,
    coalesce(periods.valid_to, cast('9999-12-31' as date)) as valid_to,
    coalesce(periods.is_current, true) as is_current
from customers
left join periods
    on customers.customer_id = periods.customer_id
inner join locations
    on coalesce(periods.country, 'n/a') = locations.country
