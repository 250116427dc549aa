{{- config(
    materialized='incremental', incremental_strategy='append', on_schema_change='fail',
    pre_hook="{{ delete_changed_months('lines_version') if is_incremental() }}",
    schema='silver', access='protected', contract={'enforced': false},
) -}}
with

months as (

    {{ changed_months('lines_version') }}

),

lines as (select * from {{ ref('dashboard_lines') }}),

-- An order of two categories is in the rows of both, and once in the row of no category; so for product lines.
-- (sqlfluff's two dialects want cube with and without a blank.)
slices as (

    select
        lines.order_number,
        lines.month_number,
        months.made_from,
        lines.country,
        lines.category,
        lines.product_line,
        min(lines.compared_day) as first_day
    from lines
    inner join months
        on coalesce(lines.month_number, 0) = months.month_number
    group by
        lines.order_number, lines.month_number, months.made_from, lines.country,
        cube(lines.category, lines.product_line)  -- noqa: LT01

)

select
    month_number,
    country,
    category,
    product_line,
    first_day,
    count(order_number) as orders,
    made_from
from slices
group by month_number, country, category, product_line, first_day, made_from
