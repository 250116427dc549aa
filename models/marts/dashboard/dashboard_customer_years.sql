{{- config(schema='silver', access='protected', contract={'enforced': false}) -}}
with

lines as (select * from {{ ref('dashboard_lines') }}),

-- The twelve months to the last order, and the same part of the twelve before them.
years as (

    select
        customer_key,
        country,
        cast(sum(case when months_after < 12 then sales_amount else 0 end) as decimal(24, 2)) as revenue,
        cast(sum(case when months_after >= 12 then sales_amount else 0 end) as decimal(24, 2)) as revenue_before,
        count(distinct case when months_after < 12 then order_number end) as orders,
        max(order_date) as last_order
    from lines
    where months_after < 24 and (months_after <> 12 or is_compared)
    group by customer_key, country

)

select
    customer_key,
    country,
    case
        when revenue_before = 0 then 'New or back'
        when revenue = 0 then 'Without an order'
        when revenue > revenue_before then 'Growing'
        when revenue < revenue_before then 'Declining'
        else 'Unchanged'
    end as movement,
    case
        when revenue_before = 0 or revenue = revenue_before then 'Neither'
        when revenue > revenue_before then 'Growing'
        else 'Declining'
    end as direction,
    revenue,
    revenue_before,
    cast(revenue - revenue_before as decimal(24, 2)) as change,
    orders,
    last_order
from years
