{#- An order was placed between the company's first day and the day its file speaks of. -#}
{%- set possible = "between cast('" ~ var('company_start') ~ "' as date) and file_day" -%}
{%- set by_shipment = 'cast(' ~ dbt.dateadd('day', -var('shipping_lead_days'), 'ship_date') ~ ' as date)' -%}

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

-- A price that is missing or unusable follows from amount and quantity, a quantity if the amount divides evenly. The
-- amount is quantity x price, rounded to the cent. Each number is small enough for every product of them in gold.
counted as (

    select
        *,
        case
            when quantity_given > 0 then quantity_given
            when sales_amount_given > 0 and sales_amount_given % nullif(abs(price_given), 0) = 0
                then cast(try_cast(floor(sales_amount_given / abs(price_given)) as decimal(7, 0)) as int)
        end as quantity
    from typed

),

priced as (

    select
        *,
        coalesce(
            nullif(abs(price_given), 0),
            case
                when sales_amount_given > 0 and quantity > 0
                    then nullif({{ divide_money('sales_amount_given', 'quantity', 4) }}, 0)
            end
        ) as price
    from counted

)

select
    *,
    cast(try_cast(quantity * cast(price as decimal(27, 4)) as decimal(11, 2)) as decimal(18, 2)) as sales_amount,
    case when order_date_given {{ possible }} then order_date_given end as order_date_usable,
    case when {{ by_shipment }} {{ possible }} then {{ by_shipment }} end as order_date_by_shipment
from priced
