{{- config(schema='silver', access='protected', contract={'enforced': false}) -}}
{%- set counts = ['orders', 'orders_to_day', 'customers', 'customers_to_day'] -%}
{%- set sums = ['revenue', 'gross_profit', 'revenue_without_cost'] -%}
{%- set sums = sums + ['revenue_to_day', 'gross_profit_to_day', 'revenue_without_cost_to_day'] -%}
with

orders as (select * from {{ ref('dashboard_order_counts') }}),

customers as (select * from {{ ref('dashboard_customer_counts') }}),

product_sales as (select * from {{ ref('dashboard_product_sales') }}),

months as (select * from {{ ref('dashboard_months') }}),

counted as (

    select
        orders.*,
        orders.month_number as linked_number,
        0 as customers
    from orders
    union all
    select
        month_number,
        country,
        category,
        product_line,
        first_day,
        0 as orders,
        made_from,
        linked_number,
        customers
    from customers

),

-- What two categories or product lines share is taken off once, in rows without: so figures add up whatever is chosen.
additive as (

    select
        counted.month_number,
        counted.linked_number,
        counted.country,
        case when kept.category = 1 then counted.category end as category,
        case when kept.product_line = 1 then counted.product_line end as product_line,
        case when counted.category is not null and kept.category = 0 then -1 else 1 end
        * case when counted.product_line is not null and kept.product_line = 0 then -1 else 1 end as sign,
        counted.orders,
        case when counted.first_day <= months.compared_days then counted.orders else 0 end as orders_to_day,
        counted.customers,
        case when counted.first_day <= months.compared_days then counted.customers else 0 end as customers_to_day{% for sum in sums %},
        {{ 'null' if sum.startswith('gross_profit') else 0 }} as {{ sum }}{% endfor %}
    from counted
    inner join (values (1, 1), (1, 0), (0, 1), (0, 0)) as kept (category, product_line)
        on (counted.category is not null or kept.category = 0) and (counted.product_line is not null or kept.product_line = 0)
    left join months on counted.month_number = months.month_number
    union all
    select
        month_number,
        month_number as linked_number,
        country,
        category,
        product_line,
        1 as sign{% for count in counts %},
        0 as {{ count }}{% endfor %},
        {{ sums | join(',\n        ') }}
    from product_sales

)

select
    month_number,
    linked_number,
    country,
    category,
    product_line{% for count in counts %},
    cast(sum(sign * {{ count }}) as bigint) as {{ count }}{% endfor %}{% for sum in sums %},
    cast(sum({{ sum }}) as decimal(24, 2)) as {{ sum }}{% endfor %}
from additive
group by month_number, linked_number, country, category, product_line
