{#- Where the order date of a line came from. -#}
{%- macro order_date_source() -%}
case
    when lines.order_date_usable is not null then 'source'
    when siblings.order_date is not null then 'sibling_line'
    when lines.order_date_by_shipment is not null then 'shipping_lead_time'
    else 'unknown'
end
{%- endmacro -%}
