{#- The order date that other lines of an order state, for orders with a line that states none. Only
    what the source stated is evidence for another line; the earliest counts. -#}
{%- macro sibling_order_dates(relation) -%}
select
    lines.order_number,
    min(lines.order_date_usable) as order_date
from {{ relation }} as lines
inner join (
    select distinct order_number
    from {{ relation }}
    where not is_quarantined and order_date_usable is null
) as undated
    on lines.order_number = undated.order_number
where not lines.is_quarantined and lines.order_date_usable is not null
group by lines.order_number
{%- endmacro -%}
