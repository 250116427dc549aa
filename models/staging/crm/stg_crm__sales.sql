{%- set rules = rules_crm_sales() -%}

with

source as (select * from {{ ref('crm_sales_details') }}),

texts as (

    select
        {{ provenance() | indent(8) }},
        {{ file_day('source') }} as file_day,
        sls_ord_num as order_number_text,
        {{ clean_text('sls_ord_num') }} as order_number,
        {{ clean_text('sls_prd_key') }} as product_number,
        {{ clean_text('sls_cust_id') }} as customer_id_text,
        {{ clean_text('sls_order_dt') }} as order_date_text,
        {{ clean_text('sls_ship_dt') }} as ship_date_text,
        {{ clean_text('sls_due_dt') }} as due_date_text,
        {{ clean_text('sls_sales') }} as sales_amount_text,
        {{ clean_text('sls_quantity') }} as quantity_text,
        {{ clean_text('sls_price') }} as price_text,
        {{ was_trimmed(['sls_ord_num', 'sls_prd_key', 'sls_cust_id', 'sls_order_dt', 'sls_ship_dt', 'sls_due_dt',
            'sls_sales', 'sls_quantity', 'sls_price']) }} as text_was_trimmed
    from source

),

typed as (

    select
        *,
        {{ to_whole_number('customer_id_text') }} as customer_id,
        {{ to_date_from_digits('order_date_text') }} as order_date_given,
        {{ to_date_from_digits('ship_date_text') }} as ship_date,
        {{ to_date_from_digits('due_date_text') }} as due_date,
        {{ to_amount('sales_amount_text') }} as sales_amount_given,
        {{ to_whole_number('quantity_text', 7) }} as quantity_given,
        {{ to_amount('price_text', 4) }} as price_given
    from texts

),

repaired as ({{ repair_sales_line('typed') }}),

checked as (

    select
        *,
        {{- rule_flags(rules) | indent(4) }}
    from repaired

)

select
    {{ provenance() | indent(4) }},
    file_day,
    coalesce(order_number, '') || '/' || coalesce(product_number, '') as record_key,
    coalesce(order_number, 'n/a') as order_number,
    product_number,
    customer_id,
    order_date_text,
    order_date_given,
    order_date_usable,
    order_date_by_shipment,
    ship_date,
    due_date,
    sales_amount_given,
    quantity_given,
    sales_amount,
    quantity,
    price,
    {{ comparable_text([
        'customer_id_text', 'order_date_text', 'ship_date_text', 'due_date_text',
        'sales_amount_text', 'quantity_text', 'price_text',
    ]) }} as line_content,
    {{ quarantines(rules) }} as is_quarantined,
    {{ rule_violation_list(rules) | indent(4) }} as violations,
    {{ rule_counted(rules) | indent(4) }} as counted,
    order_number_text
from checked
