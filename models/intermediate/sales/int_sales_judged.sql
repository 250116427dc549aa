{%- set rules = rules_crm_sales_in_context() -%}

with

lines as (select * from {{ ref('stg_crm__sales') }}),

products as (

    select distinct product_number from {{ ref('int_products_judged') }}
    where not is_rejected

),

customers as (

    select customer_id from {{ ref('int_customers_conformed') }}

),

duplicates as (select * from {{ ref('int_sales_duplicates') }}),

siblings as (select * from {{ ref('int_sales_sibling_dates') }}),

in_context as (

    select
        lines.*,
        products.product_number as known_product_number,
        customers.customer_id as known_customer_id,
        duplicates.record_key is not null as is_set_aside,
        coalesce(duplicates.is_identical, false) as is_identical,
        coalesce(lines.order_date_usable, siblings.order_date, lines.order_date_by_shipment) as order_date,
        case
            when lines.order_date_usable is not null then 'source'
            when siblings.order_date is not null then 'sibling_line'
            when lines.order_date_by_shipment is not null then 'shipping_lead_time'
            else 'unknown'
        end as order_date_source
    from lines
    left join products
        on lines.product_number = products.product_number
    left join customers
        on lines.customer_id = customers.customer_id
    left join duplicates
        on lines._source_file = duplicates._source_file
        and lines._row_number = duplicates._row_number
    left join siblings
        on lines.order_number = siblings.order_number

),

checked as (

    select
        *,
        {{- rule_flags(rules) | indent(4) }}
    from in_context

)

select
    {{ provenance() | indent(4) }},
    record_key,
    order_number,
    product_number,
    customer_id,
    order_date,
    order_date_source,
    ship_date,
    due_date,
    sales_amount_given,
    quantity_given,
    sales_amount,
    quantity,
    price,
    is_rejected,
    is_set_aside,
    {{ append_issues('issues', rule_issues(rules)) | indent(4) }} as issues,
    counted
from checked
