with

customer_months as (

    select
        *,
        case when month_before is null then 'New' else 'Returning' end as customer_kind
    from {{ ref('dashboard_customer_months') }}

),

months as (select * from {{ ref('dashboard_months') }})

select
    customer_months.order_month,
    months.month_part,
    customer_months.country,
    customer_months.customer_kind,
    count(customer_months.customer_key) as customers
from customer_months
inner join months
    on customer_months.order_month = months.order_month
group by customer_months.order_month, months.month_part, customer_months.country, customer_months.customer_kind
