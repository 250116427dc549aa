{%- set columns = ['customer_number', 'first_name', 'last_name', 'marital_status', 'gender', 'birthdate', 'create_date'] -%}

with

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
        {{ columns | join(',\n        ') }},
        max(country) over (partition by customer_number, country_number) as country,
        seen_on,
        cast(dbt_valid_to as date) as seen_until
    from stated

),

-- A period begins with a change, and when a customer is listed again.
periods as (

    select
        *,
        last_value(seen_until) over (
            partition by customer_id order by seen_on rows between unbounded preceding and unbounded following
        ) as deleted_on
    from located
    qualify not (
        {%- for column in columns + ['country'] %}
        {{ column }} is not distinct from lag({{ column }}) over (partition by customer_id order by seen_on) and
        {%- endfor %}
        seen_on = lag(seen_until) over (partition by customer_id order by seen_on)
    )

)

select
    customer_id,
    {{ columns | join(',\n    ') }},
    coalesce(country, 'n/a') as country,
    {{ valid_from('seen_on', 'customer_id') | indent(4) }} as valid_from,
    {{ valid_to('seen_on', 'customer_id') | indent(4) }} as valid_to,
    lead(seen_on) over (partition by customer_id order by seen_on) is null as is_current,
    deleted_on
from periods
