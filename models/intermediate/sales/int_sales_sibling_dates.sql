with

lines as (

    select * from {{ ref('stg_crm__sales') }}
    where not is_rejected

),

undated_orders as (

    select distinct order_number from lines
    where order_date_usable is null

)

-- Only a date the source stated is evidence for another line of the order.
select
    lines.order_number,
    min(lines.order_date_usable) as order_date
from lines
inner join undated_orders
    on lines.order_number = undated_orders.order_number
where lines.order_date_usable is not null
group by lines.order_number
