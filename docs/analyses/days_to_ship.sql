-- How long does an order wait for shipment, and is it late? Only dates that the files stated count.
with

sales as (

    select * from {{ ref('fact_sales') }}
    where order_date_source = 'source' and ship_date is not null

),

dates as (select * from {{ ref('dim_dates') }}),

shipped as (

    select
        dates.quarter_start_date,
        sales.order_number,
        {{ dbt.datediff('sales.order_date', 'sales.ship_date', 'day') }} as days_to_ship,
        sales.ship_date > sales.due_date as is_late
    from sales
    inner join dates
        on sales.order_date_key = dates.date_key

)

select
    quarter_start_date,
    count(distinct order_number) as orders,
    min(days_to_ship) as fewest_days,
    round(avg(days_to_ship), 2) as average_days,
    max(days_to_ship) as most_days,
    sum(case when is_late then 1 else 0 end) as late_lines
from shipped
group by quarter_start_date
order by quarter_start_date
