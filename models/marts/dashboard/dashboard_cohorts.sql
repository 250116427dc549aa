with

customer_months as (select * from {{ ref('dashboard_customer_months') }}),

months as (select * from {{ ref('dashboard_months') }}),

-- Quarters that are over: the running one would look like a loss of customers.
quarters as (

    select
        quarter_number,
        quarter_name
    from months
    group by quarter_number, quarter_name
    having min(case when is_over then 1 else 0 end) = 1

),

active as (

    select distinct
        customer_months.customer_key,
        customer_months.country,
        quarters.quarter_number
    from customer_months
    inner join months
        on customer_months.order_month = months.order_month
    inner join quarters
        on months.quarter_number = quarters.quarter_number

),

placed as (

    select
        *,
        min(quarter_number) over (partition by customer_key) as cohort_number
    from active

),

counted as (

    select
        cohort_number,
        country,
        quarter_number,
        count(customer_key) as customers
    from placed
    group by cohort_number, country, quarter_number

),

cohorts as (

    select * from counted
    where quarter_number = cohort_number

)

select
    first_quarter.quarter_name as cohort,
    cast(quarters.quarter_number - cohorts.cohort_number as int) as quarters_later,
    cohorts.country,
    cohorts.customers as cohort_size,
    coalesce(counted.customers, 0) as customers
from cohorts
inner join quarters as first_quarter
    on cohorts.cohort_number = first_quarter.quarter_number
inner join quarters
    on cohorts.cohort_number <= quarters.quarter_number
left join counted
    on cohorts.cohort_number = counted.cohort_number
    and cohorts.country = counted.country
    and quarters.quarter_number = counted.quarter_number
