with

customers as ({{ periods_by_day(ref('customers_history'), 'customer_id') }}),

locations as ({{ periods_by_day(ref('customer_locations_history'), 'customer_number') }}),

-- A period begins when the customer changes or moves.
beginnings as (

    select
        customer_id,
        valid_from
    from customers
    union distinct
    select
        customers.customer_id,
        locations.valid_from
    from customers
    inner join locations
        on customers.customer_number = locations.customer_number
        and locations.valid_from between customers.valid_from and customers.valid_to

),

periods as (

    select
        customer_id,
        valid_from,
        {{ valid_to('valid_from', 'customer_id') | indent(8) }} as valid_to
    from beginnings

)

select
    periods.customer_id,
    customers.customer_number,
    customers.first_name,
    customers.last_name,
    coalesce(locations.country, 'n/a') as country,
    customers.marital_status,
    customers.gender,
    customers.birthdate,
    customers.create_date,
    periods.valid_from,
    periods.valid_to
from periods
inner join customers
    on periods.customer_id = customers.customer_id
    and periods.valid_from between customers.valid_from and customers.valid_to
left join locations
    on customers.customer_number = locations.customer_number
    and periods.valid_from between locations.valid_from and locations.valid_to
