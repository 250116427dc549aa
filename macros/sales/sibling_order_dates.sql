{#- The earliest usable order date that a line of an order states, superseded lines included, for orders with a line
    that states none. What was derived for one line is no evidence for another. -#}
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
