with

customer_months as (select * from {{ ref('dashboard_customer_months') }}),

customers as (select * from {{ ref('dim_customers') }}),

kinds as (select kinds.segment_kind from (values ('Age group'), ('Marital status'), ('Gender')) as kinds (segment_kind)),

-- +1 in every month with an order, -1 for every step from one such month to the next: within any run of
-- months that leaves one for each customer.
counted as (

    select
        customer_key,
        order_month,
        order_month as linked_month,
        1 as sign,
        revenue
    from customer_months
    union all
    select
        customer_key,
        order_month,
        month_before as linked_month,
        -1 as sign,
        0 as revenue
    from customer_months
    where month_before is not null

),

sorted as (

    select
        counted.*,
        customers.country,
        kinds.segment_kind,
        case
            when kinds.segment_kind = 'Marital status' then customers.marital_status
            when kinds.segment_kind = 'Gender' then customers.gender
            else customers.age_group
        end as segment
    from counted
    inner join customers
        on counted.customer_key = customers.customer_key
    cross join kinds

)

select
    order_month,
    linked_month,
    country,
    segment_kind,
    segment,
    count(case when sign = 1 then customer_key end) - count(case when sign = -1 then customer_key end) as customers,
    cast(sum(revenue) as decimal(24, 2)) as revenue
from sorted
group by order_month, linked_month, country, segment_kind, segment
