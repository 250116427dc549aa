{{- config(schema='silver', access='protected', contract={'enforced': false}) -}}
with

lines as (select * from {{ ref('dashboard_lines') }}),

-- A customer of two categories is in the rows of both, and once in the row of no category; so for product lines.
-- (sqlfluff's two dialects want cube with and without a blank.)
slices as (

    select
        customer_key,
        month_number,
        country,
        category,
        product_line,
        max(case when is_compared then 1 else 0 end) as is_compared
    from lines
    group by customer_key, month_number, country, cube(category, product_line)  -- noqa: LT01

),

steps as (

    select
        *,
        lag(month_number) over (
            partition by customer_key, country, category, product_line
            order by month_number nulls last
        ) as number_before
    from slices

),

-- +1 in every month with an order, -1 for every step from one such month to the next: within any run of
-- months that leaves one for each customer.
counted as (

    select
        *,
        month_number as linked_number,
        1 as sign
    from steps
    union all
    select
        *,
        number_before as linked_number,
        -1 as sign
    from steps
    where number_before is not null

)

select
    month_number,
    linked_number,
    country,
    category,
    product_line,
    count(case when sign = 1 then customer_key end) - count(case when sign = -1 then customer_key end) as customers,
    cast(sum(sign * is_compared) as bigint) as customers_to_day
from counted
group by month_number, linked_number, country, category, product_line
