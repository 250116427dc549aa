{{- config(schema='silver', access='protected', contract={'enforced': false}) -}}
with

customer_months as (select * from {{ ref('dashboard_customer_months') }}),

lines as (select * from {{ ref('dashboard_lines') }}),

-- The months of each period, and the same months a year before. Of a last month that is not over only the same days count.
periods as (

    select
        periods.period_number,
        periods.has_year_before,
        years.months_back,
        periods.month_number - years.months_back as month_number,
        years.months_back = 12 and periods.months_after = 0 as is_to_day
    from {{ ref('dashboard_periods') }} as periods
    inner join (values (0), (12)) as years (months_back)
        on years.months_back = 0 or periods.has_year_before

),

bought as (

    select
        customer_key,
        country,
        coalesce(month_number, 0) as month_number,
        revenue,
        orders,
        last_order,
        false as is_to_day
    from customer_months
    union all
    select
        customer_key,
        country,
        month_number,
        sales_amount as revenue,
        0 as orders,
        cast(null as date) as last_order,
        true as is_to_day
    from lines
    where is_compared

),

summed as (

    select
        periods.period_number,
        bought.customer_key,
        bought.country,
        cast(sum(case when periods.months_back = 0 then bought.revenue else 0 end) as decimal(24, 2)) as revenue,
        cast(
            sum(case when periods.months_back > 0 then bought.revenue when periods.has_year_before then 0 end) as decimal(24, 2)
        ) as revenue_before,
        cast(sum(case when periods.months_back = 0 then bought.orders else 0 end) as bigint) as orders,
        max(case when periods.months_back = 0 then bought.last_order end) as last_order
    from bought
    inner join periods
        on bought.month_number = periods.month_number and bought.is_to_day = periods.is_to_day
    group by periods.period_number, bought.customer_key, bought.country

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
    end as movement
from summed
