with

customers as (select * from {{ ref('int_customers_conformed') }}),

history as (select * from {{ ref('customers_history') }}),

-- Whom the files do not list any more, as they described the customer last.
last_seen as (

    select
        history.*,
        row_number() over (partition by history.customer_id order by history.dbt_valid_to desc) as recency
    from history
    left join customers
        on history.customer_id = customers.customer_id
    where customers.customer_id is null

),

locations as (

    select
        customer_number,
        max_by(country, dbt_valid_from) as country
    from {{ ref('customer_locations_history') }}
    group by customer_number

),

known as (
    {% for relation, deleted_on in [('customers', 'null'), ('last_seen', 'dbt_valid_to')] %}
    select
        customer_id,
        customer_number,
        first_name,
        last_name,
        marital_status,
        gender,
        birthdate,
        create_date,
        cast({{ deleted_on }} as date) as deleted_on
    from {{ relation }}
    {{ 'where recency = 1' if loop.last else 'union all' }}
    {%- endfor %}

)

select
    known.customer_id,
    known.customer_number,
    known.first_name,
    known.last_name,
    coalesce(locations.country, 'n/a') as country,
    known.marital_status,
    known.gender,
    known.birthdate,
    known.create_date,
    known.deleted_on
from known
left join locations
    on known.customer_number = locations.customer_number
