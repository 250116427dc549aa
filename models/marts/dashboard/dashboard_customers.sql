with

listed as (select * from {{ ref('dashboard_listed_customers') }}),

customers as (select * from {{ ref('dim_customers') }}),

ranked as (

    select
        listed.*,
        customers.customer_number,
        case when not customers.is_inferred then customers.first_name || ' ' || customers.last_name end as customer_name,
        case when customers.is_inferred then 'Not described yet' else customers.customer_number end as customer_label,
        row_number() over (
            partition by listed.first_month, listed.last_month, listed.country, listed.listed_as
            order by listed.listed_by desc, customers.customer_number asc, customers.customer_key asc
        ) as place
    from listed
    inner join customers
        on listed.customer_key = customers.customer_key

)

select
    first_month,
    last_month,
    period_kind,
    customer_key,
    country,
    customer_number,
    customer_name,
    customer_label,
    listed_as,
    cast(place as int) as place,
    revenue,
    revenue_before,
    change,
    orders,
    last_order
from ranked
where place <= case when listed_as = 'Largest' then 10 else 5 end
