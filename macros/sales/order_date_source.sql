{#- Where the order date of a line came from. -#}
{%- macro order_date_source() -%}
case
    when lines.order_date_usable is not null then 'source'
    when siblings.order_date is not null then 'sibling_line'
    when lines.order_date_by_shipment is not null then 'shipping_lead_time'
    else 'unknown'
end
{%- endmacro -%}

{#- The day on which a date that lies in the future today will be possible; NULL when there is none. -#}
{%- macro judge_again_on() -%}
{%- set by_shipment = 'cast(' ~ dbt.dateadd('day', -var('shipping_lead_days'), 'lines.ship_date') ~ ' as date)' -%}
{%- set today = "cast('" ~ today() ~ "' as date)" -%}
case
    when lines.order_date_usable is null
        then least(
            case when lines.order_date_given > {{ today }} then lines.order_date_given end,
            case when {{ by_shipment }} > {{ today }} then {{ by_shipment }} end
        )
end
{%- endmacro -%}
