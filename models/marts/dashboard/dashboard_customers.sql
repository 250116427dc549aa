with

listed as (select * from {{ ref('dashboard_listed_customers') }}),

customers as (select * from {{ ref('dim_customers') }}),

periods as (

    select distinct
        period_number,
        first_month,
        last_month,
        period_kind
    from {{ ref('dashboard_periods') }}

),

ranked as (

    select
        listed.*,
        customers.customer_number,
        case when not customers.is_inferred then customers.first_name || ' ' || customers.last_name end as customer_name,
        case when customers.is_inferred then 'Not described yet' else customers.customer_number end as customer_label,
        row_number() over (
            partition by listed.period_number, listed.country, listed.listed_as
            order by listed.listed_by desc, customers.customer_number asc, customers.customer_key asc
        ) as place
    from listed
    inner join customers
        on listed.customer_key = customers.customer_key

)

select
    periods.first_month,
    periods.last_month,
    periods.period_kind,
    ranked.customer_key,
    ranked.country,
    ranked.customer_number,
    ranked.customer_name,
    ranked.customer_label,
    ranked.listed_as,
    cast(ranked.place as int) as place,
    ranked.revenue,
    ranked.revenue_before,
    ranked.change,
    ranked.orders,
    ranked.last_order
from ranked
inner join periods
    on ranked.period_number = periods.period_number
where ranked.place <= case when ranked.listed_as = 'Largest' then 10 else 5 end
