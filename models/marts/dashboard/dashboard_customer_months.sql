{{- config(
    materialized='incremental', incremental_strategy='append', on_schema_change='fail',
    pre_hook="{{ delete_changed_months('history_version') if is_incremental() }}",
    schema='silver', access='protected', contract={'enforced': false},
) -}}
with

months as (

    {{ changed_months('history_version') }}

),

-- Every line of the customers of these months, because a month is linked to the one before it.
lines as (

    select * from {{ ref('dashboard_lines') }}
    {%- if is_incremental() %}
    where
        customer_key in (
            select ordered.customer_key from {{ ref('dashboard_lines') }} as ordered
            where coalesce(ordered.month_number, 0) in (select months.month_number from months)
        )
    {%- endif %}

),

customer_months as (

    select
        customer_key,
        country,
        order_month,
        month_number,
        cast(sum(sales_amount) as decimal(24, 2)) as revenue,
        count(distinct order_number) as orders,
        max(order_date) as last_order
    from lines
    group by customer_key, country, order_month, month_number

),

linked as (

    select
        *,
        lag(order_month) over (partition by customer_key order by order_month nulls last) as month_before
    from customer_months

)

select
    linked.*,
    months.made_from
from linked
inner join months
    on coalesce(linked.month_number, 0) = months.month_number
