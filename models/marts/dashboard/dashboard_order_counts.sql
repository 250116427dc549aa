{{- config(schema='silver', access='protected', contract={'enforced': false}) -}}
with

lines as (select * from {{ ref('dashboard_lines') }}),

-- An order of two categories is in the rows of both, and once in the row of no category; so for product lines.
-- (sqlfluff's two dialects want cube with and without a blank.)
slices as (

    select
        order_number,
        month_number,
        country,
        category,
        product_line,
        max(case when is_compared then 1 else 0 end) as is_compared
    from lines
    group by order_number, month_number, country, cube(category, product_line)  -- noqa: LT01

)

select
    month_number,
    country,
    category,
    product_line,
    count(order_number) as orders,
    cast(sum(is_compared) as bigint) as orders_to_day
from slices
group by month_number, country, category, product_line
