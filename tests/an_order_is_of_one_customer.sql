-- Customers, days and average order values are counted by order, so an order must not be divided. A few
-- mistaken lines are worth a look; more than that is a mistake of ours.
{{ config(warn_if='> 0', error_if='> 10') }}

select
    order_number,
    count(distinct customer_key) as customers,
    count(distinct order_date) as order_dates
from {{ ref('fact_sales') }}
group by order_number
having count(distinct customer_key) > 1 or count(distinct order_date) > 1
