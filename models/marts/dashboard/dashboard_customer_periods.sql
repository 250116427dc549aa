{{- config(schema='silver', access='protected', contract={'enforced': false}) -}}
with

customer_months as (select * from {{ ref('dashboard_customer_months') }}),

periods as (select * from {{ ref('dashboard_periods') }}),

-- The months of the period, and the same months a year before. Where the last month is not over, only the same days
-- of that month a year before count.
both_years as (

    select
        periods.*,
        customer_months.customer_key,
        customer_months.country,
        customer_months.revenue,
        0 as revenue_before,
        customer_months.orders,
        customer_months.last_order
    from customer_months
    inner join periods
        on coalesce(customer_months.month_number, 0) = periods.month_number
    union all
    select
        periods.*,
        customer_months.customer_key,
        customer_months.country,
        0 as revenue,
        case when periods.months_after = 0 then customer_months.revenue_to_day else customer_months.revenue end as revenue_before,
        0 as orders,
        cast(null as date) as last_order
    from customer_months
    inner join periods
        on customer_months.month_number + 12 = periods.month_number
    where periods.has_year_before and (periods.months_after > 0 or customer_months.revenue_to_day is not null)

),

summed as (

    select
        first_month,
        last_month,
        period_kind,
        customer_key,
        country,
        cast(sum(revenue) as decimal(24, 2)) as revenue,
        cast(case when has_year_before then sum(revenue_before) end as decimal(24, 2)) as revenue_before,
        cast(sum(orders) as bigint) as orders,
        max(last_order) as last_order
    from both_years
    group by first_month, last_month, period_kind, has_year_before, customer_key, country

)

select
    *,
    cast(revenue - revenue_before as decimal(24, 2)) as change,
    case
        when revenue_before = 0 then 'New or back'
        when revenue = 0 then 'Without an order'
        when revenue > revenue_before then 'Growing'
        when revenue < revenue_before then 'Declining'
        when revenue = revenue_before then 'Unchanged'
    end as movement,
    case
        when revenue_before > 0 and revenue > revenue_before then 'Growing'
        when revenue_before > 0 and revenue < revenue_before then 'Declining'
        else 'Neither'
    end as direction
from summed
