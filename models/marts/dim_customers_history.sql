{%- set texts = ['customer_number', 'first_name', 'last_name', 'country', 'marital_status', 'gender'] -%}
{%- set dates = ['birthdate', 'create_date'] -%}

with

customers as (select * from {{ ref('dim_customers') }}),

locations as (select * from {{ ref('dim_locations') }}),

-- Of several changes on a day the last one counts.
days as (

    select
        *,
        cast(dbt_valid_from as date) as seen_on
    from {{ ref('customers_history') }}
    qualify row_number() over (partition by customer_id, cast(dbt_valid_from as date) order by dbt_valid_from desc) = 1

),

-- A country holds until the ERP states another one; the first one reaches back.
stated as (

    select
        *,
        greatest(count(country) over (partition by customer_number order by dbt_valid_from), 1) as country_number
    from days

),

located as (

    select
        customer_id,
        {{ (texts + dates) | reject('equalto', 'country') | join(',\n        ') }},
        max(country) over (partition by customer_number, country_number) as country,
        seen_on,
        cast(dbt_valid_to as date) as seen_until
    from stated

),

-- A period begins with a change, and when a customer is listed again.
periods as (

    select * from located
    qualify not (
        {%- for column in texts + dates %}
        {{ column }} is not distinct from lag({{ column }}) over (partition by customer_id order by seen_on) and
        {%- endfor %}
        seen_on = lag(seen_until) over (partition by customer_id order by seen_on)
    )

)

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
    {{ valid_from('periods.seen_on', 'customers.customer_id') | indent(4) }} as valid_from,
    {{ valid_to('periods.seen_on', 'customers.customer_id') | indent(4) }} as valid_to,
    lead(periods.seen_on) over (partition by customers.customer_id order by periods.seen_on) is null as is_current
from customers
left join periods
    on customers.customer_id = periods.customer_id
inner join locations
    on coalesce(periods.country, 'n/a') = locations.country
