-- Customers, days and average order values are counted by order, so an order must not be divided. A few
-- mistaken lines are worth a look; more than that is a mistake of ours. Orders are validated as a whole, so
-- on a day those are looked at that were validated since the last publication.
{{ config(warn_if='> 0', error_if='> 10') }}

select
    order_number,
    min(customer_key) as customer_key,
    max(customer_key) as other_customer_key,
    min(order_date) as order_date,
    max(order_date) as other_order_date
from {{ ref('fact_sales') }}
where {{ not_yet_published('validated_at') }}
group by order_number
having min(customer_key) <> max(customer_key) or min(order_date) <> max(order_date)
