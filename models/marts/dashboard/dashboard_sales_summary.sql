{%- set amounts = ['revenue', 'gross_profit', 'revenue_without_cost'] -%}
{%- set sums = amounts + ['orders', 'customers'] -%}
with

figures as (select * from {{ ref('dashboard_sales_figures') }}),

months as (select * from {{ ref('dashboard_months') }}),

steps as (select steps.step from (values (0), (1), (3), (6), (12)) as steps (step)),

sold as (

    select distinct
        country,
        category,
        product_line
    from figures
    where category is not null and product_line is not null

),

-- The same figures again, 1, 3, 6 and 12 months later: what a month is compared with. Where the last month
-- is not over, only the same days of the earlier month count.
shifted as (

    select
        steps.step,
        months.order_month,
        linked.order_month as linked_month,
        months.months_before,
        figures.country,
        figures.category,
        figures.product_line{% for sum in sums %},
        case when steps.step > 0 and months.months_after = 0 then {{ sum }}_to_day else {{ sum }} end as {{ sum }}{% endfor %}
    from figures
    cross join steps
    left join months
        on figures.month_number + steps.step = months.month_number
    left join months as linked
        on figures.linked_number + steps.step = linked.month_number
    where steps.step = 0 or months.months_after >= 0
    union all
    -- A row for every month, so that months can be counted in any selection.
    select
        0 as step,
        months.order_month,
        months.order_month as linked_month,
        months.months_before,
        sold.*{% for sum in sums %},
        {{ 'null' if sum == 'gross_profit' else 0 }} as {{ sum }}{% endfor %}
    from sold
    cross join months
    where months.has_orders

)

select
    order_month,
    linked_month,
    country,
    category,
    product_line,
    months_before{% for sum in sums %}{% for step in [0, 1, 3, 6, 12] %},
    cast(
        sum(case when step = {{ step }} then {{ sum }}{{ ' else 0' if sum != 'gross_profit' }} end)
        as {{ 'decimal(24, 2)' if sum in amounts else 'bigint' }}
    ) as {{ sum }}{{ '_%d_before' % step if step }}{% endfor %}{% endfor %}
from shifted
group by order_month, linked_month, country, category, product_line, months_before
