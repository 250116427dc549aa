{#- The last month is compared with the months before it by so many. -#}
{%- set compared = [1, 3, 6, 12] -%}
with

sales as (select * from {{ ref('fact_sales') }}),

dates as (

    select * from {{ ref('dim_dates') }}
    where date_day is not null

),

-- `last_days` is 31 where the last month is whole: other months are then compared whole.
bounds as (

    select
        year(min(order_date)) * 12 + month(min(order_date)) as first_number,
        case when day(min(order_date)) = 1 then 0 else 1 end as first_is_part,
        year(max(order_date)) * 12 + month(max(order_date)) as last_number,
        case when max(order_date) = last_day(max(order_date)) then 31 else day(max(order_date)) end as last_days
    from sales

),

months as (

    select distinct
        month_start_date as order_month,
        year * 12 + month as month_number,
        left(month_name, 3) || ' ' || cast(year as {{ dbt.type_string() }}) as month_name,
        year * 4 + quarter as quarter_number,
        cast(year as {{ dbt.type_string() }}) || ' Q' || cast(quarter as {{ dbt.type_string() }}) as quarter_name
    from dates

),

placed as (

    select
        months.*,
        bounds.last_days,
        months.month_number - bounds.first_number - bounds.first_is_part as months_before,
        bounds.last_number - months.month_number as months_after,
        months.month_number between bounds.first_number and bounds.last_number as has_orders,
        months.month_number = bounds.first_number and bounds.first_is_part = 1 as begins_late,
        months.month_number = bounds.last_number and bounds.last_days < 31 as ends_early
    from months
    cross join bounds

),

named as (

    select
        *,
        case when ends_early then ' (to day ' || cast(last_days as {{ dbt.type_string() }}) || ')' else '' end as to_day
    from placed

)

select
    order_month,
    cast(month_number as int) as month_number,
    cast(months_before as int) as months_before,
    cast(months_after as int) as months_after,
    cast(case when months_after in ({{ compared | join(', ') }}) then last_days end as int) as compared_days,
    has_orders,
    case when begins_late or ends_early then 'Part of a month' else 'Whole month' end as month_part,
    cast(quarter_number as int) as quarter_number,
    quarter_name,
    months_after >= 0 and not ends_early as is_over{% for step in [0] + compared %},
    lag(month_name, {{ step }}) over (order by month_number) || to_day as label{{ '_%d_before' % step if step }}{% endfor %}
from named
