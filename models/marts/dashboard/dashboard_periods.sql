{{- config(schema='silver', access='protected', contract={'enforced': false}) -}}
with

months as (

    select
        *,
        max(quarter_number) over () as last_quarter,
        min(case when months_after < 12 then order_month end) over () as year_start
    from {{ ref('dashboard_months') }}
    where has_orders

),

spans as (select spans.span from (values ('Year'), ('Quarter'), ('12 months'), ('3 months')) as spans (span)),

-- What the filter of dates offers by one click.
placed as (

    select
        months.*,
        spans.span,
        case spans.span when 'Year' then year(months.order_month) else 0 end as place
    from months
    cross join spans
    where
        spans.span = 'Year'
        or (spans.span = 'Quarter' and months.quarter_number = months.last_quarter)
        or (spans.span = '12 months' and months.months_after < 12)
        or (spans.span = '3 months' and months.months_after < 3)

),

bounded as (

    select
        *,
        min(order_month) over (partition by span, place) as first_month,
        max(order_month) over (partition by span, place) as last_month,
        min(months_after) over (partition by span, place) as last_after,
        min(months_before) over (partition by span, place) >= 12 as has_year_before
    from placed

),

named as (

    select distinct
        first_month,
        last_month,
        month_number,
        months_after,
        has_year_before,
        case when last_after = 0 and first_month = year_start then 'Last twelve months' else 'Other' end as period_kind
    from bounded
    union all
    -- All dates, with orders of which nothing tells the day.
    select
        cast(null as date) as first_month,
        cast(null as date) as last_month,
        month_number,
        months_after,
        false as has_year_before,
        'Other' as period_kind
    from months
    union all
    select
        cast(null as date) as first_month,
        cast(null as date) as last_month,
        0 as month_number,
        cast(null as int) as months_after,
        false as has_year_before,
        'Other' as period_kind

)

select
    *,
    cast(dense_rank() over (order by first_month nulls last, last_month) as int) as period_number
from named
