with

customer_periods as (select * from {{ ref('dashboard_customer_periods') }}),

periods as (

    select distinct
        period_number,
        first_month,
        last_month,
        period_kind
    from {{ ref('dashboard_periods') }}

)

select
    periods.first_month,
    periods.last_month,
    periods.period_kind,
    customer_periods.country,
    customer_periods.movement,
    count(customer_periods.customer_key) as customers,
    cast(sum(customer_periods.revenue) as decimal(24, 2)) as revenue,
    cast(sum(customer_periods.revenue_before) as decimal(24, 2)) as revenue_before,
    cast(sum(customer_periods.change) as decimal(24, 2)) as change
from customer_periods
inner join periods
    on customer_periods.period_number = periods.period_number
where customer_periods.movement is not null
group by periods.first_month, periods.last_month, periods.period_kind, customer_periods.country, customer_periods.movement
