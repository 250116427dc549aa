{{- config(materialized='view', schema='silver', access='protected', contract={'enforced': false}) -}}
with

sales as (select * from {{ ref('fact_sales') }}),

customers as (select * from {{ ref('dim_customers') }}),

products as (select * from {{ ref('dim_products') }}),

costs as (select * from {{ ref('product_costs') }}),

months as (select * from {{ ref('dashboard_months') }})

select
    sales.order_number,
    sales.product_key,
    sales.customer_key,
    sales.order_date,
    cast(date_trunc('month', sales.order_date) as date) as order_month,
    months.month_number,
    months.month_part,
    cast(case when months.compared_days is not null then day(sales.order_date) end as int) as compared_day,
    coalesce(day(sales.order_date) <= months.compared_days, false) as is_compared,
    customers.country,
    products.category,
    products.subcategory,
    products.product_line,
    products.product_name,
    sales.sales_amount,
    sales.quantity,
    cast({{ gross_profit('sales', 'costs') }} as decimal(24, 2)) as gross_profit,
    {{ revenue_without_cost('sales', 'costs') }} as revenue_without_cost,
    sales.validated_at
from sales
inner join customers
    on sales.customer_key = customers.customer_key
inner join products
    on sales.product_key = products.product_key
left join costs
    on {{ costed_on('sales', 'costs') }}
left join months
    on cast(date_trunc('month', sales.order_date) as date) = months.order_month
