with

lines as (select * from {{ ref('stg_crm__sales') }}),

checked as (

    select
        *,
        coalesce(order_number, 'n/a') = 'n/a' as order_number_missing,
        customer_id is null as sales_customer_id_not_a_number,
        sales_amount is null or product_number is null as line_not_computable,
        -- 3.578 may mean 3,578.
        {{ is_without_digits('sales_amount_text', ['.', '-.']) }}
        and {{ decimals_of('sales_amount_text') }} = 3 as sales_amount_three_decimals,
        quantity_given is null as quantity_not_a_number,
        quantity_given <= 0 as quantity_not_positive,
        price_text is null as price_missing,
        price_text is not null and price_given is null as price_not_a_number,
        price_given < 0 as price_negative,
        price_given = 0 as price_zero,
        sales_amount_text is null as sales_amount_missing,
        sales_amount_text is not null and sales_amount_given is null as sales_amount_not_a_number,
        sales_amount_given <= 0 as sales_amount_not_positive,
        sales_amount_given > 0 and sales_amount_given <> sales_amount as sales_amount_mismatch,
        quantity_given > 1 and sales_amount_given = price_given as quantity_or_amount_ambiguous,
        ship_date is null as ship_date_invalid,
        ship_date < order_date_usable as ship_before_order,
        due_date is null as due_date_invalid,
        due_date < ship_date as due_before_ship,
        text_was_trimmed as sales_text_trimmed,
        ({{ is_written_as_decimal('customer_id_text') }}) or ({{ is_written_as_decimal('quantity_text') }})
        or (order_date_given is not null and length(order_date_text) > 8)
        or (ship_date is not null and length(ship_date_text) > 8)
        or (due_date is not null and length(due_date_text) > 8)
            as sales_number_written_as_decimal
    from lines

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
    {{ joined_text([
        'customer_id_text', 'order_date_text', 'ship_date_text', 'due_date_text', 'sales_amount_text', 'quantity_text', 'price_text',
    ], comparable=true) }} as line_content,
    coalesce(order_number_missing or sales_customer_id_not_a_number or line_not_computable or sales_amount_three_decimals, false)
        as is_quarantined,
    {{ violations([
        ('order_number', 'order_number', none, ['order_number_missing']),
        ('customer_id', 'customer_id_text', none, ['sales_customer_id_not_a_number']),
        ('sales_amount', 'sales_amount_text', none, ['line_not_computable', 'sales_amount_three_decimals']),
        ('sales_amount', 'sales_amount_text', 'sales_amount', [
            'sales_amount_missing', 'sales_amount_not_a_number', 'sales_amount_not_positive', 'sales_amount_mismatch',
            'quantity_or_amount_ambiguous',
        ]),
        ('quantity', 'quantity_text', 'quantity', ['quantity_not_a_number', 'quantity_not_positive']),
        ('price', 'price_text', 'price', ['price_missing', 'price_not_a_number', 'price_negative', 'price_zero']),
        ('ship_date', 'ship_date_text', none, ['ship_date_invalid']),
        ('ship_date', 'ship_date', 'ship_date', ['ship_before_order']),
        ('due_date', 'due_date_text', none, ['due_date_invalid']),
        ('due_date', 'due_date', 'due_date', ['due_before_ship']),
    ]) | indent(4) }} as violations,
    {{ counted(['sales_text_trimmed', 'sales_number_written_as_decimal']) | indent(4) }} as counted,
    order_number_text
from checked
