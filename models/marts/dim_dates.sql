with

spine as (

    {{ dbt_utils.date_spine(
        datepart='day',
        start_date="cast('" ~ var('calendar_start') ~ "' as date)",
        end_date="cast(" ~ dbt.dateadd('day', 1, "cast('" ~ var('calendar_end') ~ "' as date)") ~ " as date)",
    ) | indent(4) }}

),

days as (

    select cast(date_day as date) as date_day from spine
    union all
    select cast(null as date) as date_day

),

-- Monday is day 1; 2001-01-01 was one.
numbered as (

    select
        date_day,
        {{ dbt.datediff("cast('2001-01-01' as date)", 'date_day', 'day') }} as days_since_a_monday
    from days

),

weekdays as (

    select
        date_day,
        cast(((days_since_a_monday % 7) + 7) % 7 + 1 as int) as day_of_week
    from numbered

)

select
    {{ date_key('date_day') }} as date_key,
    date_day,
    cast(year(date_day) as int) as year,
    cast(quarter(date_day) as int) as quarter,
    cast(month(date_day) as int) as month,
    cast(date_trunc('month', date_day) as date) as month_start_date,
    cast(date_trunc('quarter', date_day) as date) as quarter_start_date,
    cast(date_trunc('week', date_day) as date) as week_start_date,
    cast(day(date_day) as int) as day_of_month,
    day_of_week,
    {{ name_of('month(date_day)', [
        'January', 'February', 'March', 'April', 'May', 'June',
        'July', 'August', 'September', 'October', 'November', 'December',
    ]) }} as month_name,
    {{ name_of('day_of_week', [
        'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday',
    ]) }} as day_name,
    coalesce(day_of_week >= 6, false) as is_weekend
from weekdays
