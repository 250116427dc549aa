-- Customers, days and average order values are counted by order, so an order must not be divided. A few
-- mistaken lines are worth a look; more than that is a mistake of ours.
{{ config(warn_if='> 0', error_if='> 10') }}

select
    order_number,
    min(customer_key) as customer_key,
    max(customer_key) as other_customer_key,
    min(order_date) as order_date,
    max(order_date) as other_order_date
from {{ ref('fact_sales') }}
group by order_number
having min(customer_key) <> max(customer_key) or min(order_date) <> max(order_date)
