{{- config(
    materialized='incremental', incremental_strategy='append', on_schema_change='fail',
    pre_hook="{{ delete_changed_months('history_version') if is_incremental() }}",
    schema='silver', access='protected', contract={'enforced': false},
) -}}
with

months as (

    {{ changed_months('history_version') }}

),

-- Every line of the customers of these months, because a month is linked to the one before it.
lines as (

    select * from {{ ref('dashboard_lines') }}
    {%- if is_incremental() %}
    where
        customer_key in (
            select ordered.customer_key from {{ ref('dashboard_lines') }} as ordered
            where coalesce(ordered.month_number, 0) in (select months.month_number from months)
        )
    {%- endif %}

),

-- A customer of two categories is in the rows of both, and once in the row of no category; so for product lines.
-- (sqlfluff's two dialects want cube with and without a blank.)
slices as (

    select
        customer_key,
        month_number,
        country,
        category,
        product_line,
        min(compared_day) as first_day
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

signs as (select signs.sign from (values (1), (-1)) as signs (sign))

-- +1 in each month with an order, -1 for each step from such a month to the next: one for each customer in any run of months.
select
    steps.month_number,
    case when signs.sign = 1 then steps.month_number else steps.number_before end as linked_number,
    steps.country,
    steps.category,
    steps.product_line,
    steps.first_day,
    count(case when signs.sign = 1 then steps.customer_key end)
    - count(case when signs.sign = -1 then steps.customer_key end) as customers,
    months.made_from
from steps
inner join months
    on coalesce(steps.month_number, 0) = months.month_number
inner join signs
    on signs.sign = 1 or steps.number_before is not null
group by all
