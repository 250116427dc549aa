{{- config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='order_number',
    on_schema_change='fail',
    pre_hook="{{ delete_reprocessed_sales() if is_incremental() }}",
) -}}
-- Not joined: the calendar, to which order_date_key refers. The publications are read by published_until().
-- depends_on: {{ ref('dim_dates') }}
-- depends_on: {{ source('audit', 'publications') }}

with

lines as (

    select * from {{ ref('int_sales__validated') }}
    where
        not is_quarantined
        and not is_superseded
        {%- if is_incremental() %}
        and validated_at > {{ published_until() }}
        {%- endif %}

),

products as (select * from {{ ref('dim_products') }}),

customers as (select * from {{ ref('dim_customers') }})

select
    lines.order_number,
    products.product_key,
    customers.customer_key,
    lines.order_date,
    lines.ship_date,
    lines.due_date,
    lines.sales_amount,
    lines.quantity,
    lines.price,
    lines.order_date_source,
    {{ date_key('lines.order_date') }} as order_date_key,
    lines.validated_at
from lines
inner join products
    on lines.product_number = products.product_number
inner join customers
    on lines.customer_id = customers.customer_id
