with

periods as (select * from {{ ref('dashboard_customer_periods') }}),

customers as (select * from {{ ref('dim_customers') }}),

ranked as (

    select
        periods.*,
        customers.customer_number,
        case when not customers.is_inferred then customers.first_name || ' ' || customers.last_name end as customer_name,
        case when customers.is_inferred then 'Not described yet' else customers.customer_number end as customer_label,
        row_number() over (
            partition by periods.first_month, periods.last_month, periods.country
            order by periods.revenue desc, customers.customer_number asc, customers.customer_key asc
        ) as revenue_place,
        row_number() over (
            partition by periods.first_month, periods.last_month, periods.country, periods.direction
            order by abs(periods.change) desc, customers.customer_number asc, customers.customer_key asc
        ) as change_place
    from periods
    inner join customers
        on periods.customer_key = customers.customer_key

)

select
    first_month,
    last_month,
    period_kind,
    customer_key,
    country,
    customer_number,
    customer_name,
    customer_label,
    direction,
    cast(revenue_place as int) as revenue_place,
    cast(change_place as int) as change_place,
    revenue,
    revenue_before,
    change,
    orders,
    last_order
from ranked
where
    (revenue_place <= 10 and revenue > 0)
    or (change_place <= 5 and direction <> 'Neither')
