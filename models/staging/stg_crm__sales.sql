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
        {{ to_date_from_digits('order_date_text', or_decimal=true) }} as order_date_given,
        {{ to_date_from_digits('ship_date_text', or_decimal=true) }} as ship_date,
        {{ to_date_from_digits('due_date_text', or_decimal=true) }} as due_date,
        {{ to_amount('sales_amount_text') }} as sales_amount_given,
        {{ to_whole_number('quantity_text', 7) }} as quantity_given,
        {{ to_amount('price_text', 4) }} as price_given
    from texts

),

repaired as ({{ repair_sales_line('typed') }})

select * from repaired
