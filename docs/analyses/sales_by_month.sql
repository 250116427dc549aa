-- How do sales develop? One row for each month between the first order and the last, quiet ones included;
-- orders without a known date are in a month of their own, the last row.
with

sales as (select * from {{ ref('fact_sales') }}),

dates as (select * from {{ ref('dim_dates') }}),

span as (

    select
        min(order_date) as first_order_date,
        max(order_date) as last_order_date
    from sales

),

months as (

    select
        dates.month_start_date,
        count(distinct sales.order_number) as orders,
        count(distinct sales.customer_key) as customers,
        coalesce(sum(sales.quantity), 0) as quantity,
        coalesce(sum(sales.sales_amount), 0) as revenue
    from dates
    cross join span
    left join sales
        on dates.date_key = sales.order_date_key
    where
        dates.date_day between span.first_order_date and span.last_order_date
        or (dates.date_day is null and sales.order_number is not null)
    group by dates.month_start_date

)

select
    month_start_date,
    orders,
    customers,
    quantity,
    revenue,
    case
        when month_start_date is not null
            then revenue - lag(revenue) over (order by month_start_date nulls last)
    end as change_on_month_before
from months
order by month_start_date nulls last
