with

sales as (

    select * from {{ ref('int_sales__validated') }}
    where not is_quarantined and not is_superseded

),

buyers as (select distinct customer_id from sales),

last_order as (select max(order_date) as order_date from sales),

locations as (select * from {{ ref('dim_locations') }}),

-- Customers as the files describe them now or described them last.
described as (

    select * from {{ ref('int_customers__periods') }}
    where is_current

),

-- A customer whom only sales name is inferred.
customers as (

    select
        coalesce(described.customer_id, buyers.customer_id) as customer_id,
        {%- for column in ['customer_number', 'first_name', 'last_name', 'country', 'marital_status', 'gender'] %}
        coalesce(described.{{ column }}, 'n/a') as {{ column }},
        {%- endfor %}
        described.birthdate,
        described.create_date,
        described.deleted_on,
        described.customer_id is null as is_inferred,
        floor((
            nullif({{ date_key('last_order.order_date') }}, -1) - nullif({{ date_key('described.birthdate') }}, -1)
        ) / 10000) as age
    from described
    full outer join buyers
        on described.customer_id = buyers.customer_id
    cross join last_order

)

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
    customers.deleted_on,
    -- Here, because whoever may not see birth dates may still group by age.
    case
        when customers.age between 0 and 29 then 'Under 30'
        when customers.age between 30 and 39 then '30 to 39'
        when customers.age between 40 and 49 then '40 to 49'
        when customers.age between 50 and 59 then '50 to 59'
        when customers.age between 60 and 69 then '60 to 69'
        when customers.age between 70 and 119 then '70 and over'
        else 'n/a'
    end as age_group
from customers
inner join locations
    on customers.country = locations.country
