{#- What a sales line says about itself, put right: of amount, quantity and price any one that is missing
    or unusable follows from the other two, and the amount is always quantity x price, rounded to the cent.
    Each number is small enough for every product of them in gold. -#}
{%- macro repair_sales_line(relation) -%}
select
    priced.*,
    cast(try_cast(priced.quantity * cast(priced.price as decimal(27, 4)) as decimal(11, 2)) as decimal(18, 2)) as sales_amount,
    {{ possible_order_date('priced.order_date_given') }} as order_date_usable,
    {{ possible_order_date('cast(' ~ dbt.dateadd('day', -var('shipping_lead_days'), 'priced.ship_date') ~ ' as date)') }} as order_date_by_shipment
from (
    select
        counted.*,
        coalesce(
            nullif(abs(counted.price_given), 0),
            case
                when counted.sales_amount_given > 0 and counted.quantity > 0
                    then {{ divide_money('counted.sales_amount_given', 'counted.quantity', 4) }}
            end
        ) as price
    from (
        select
            lines.*,
            case
                when lines.quantity_given > 0 then lines.quantity_given
                when lines.sales_amount_given > 0 and lines.sales_amount_given % nullif(abs(lines.price_given), 0) = 0
                    then cast(try_cast(floor(lines.sales_amount_given / abs(lines.price_given)) as decimal(7, 0)) as int)
            end as quantity
        from {{ relation }} as lines
    ) as counted
) as priced
{%- endmacro -%}

{#- A day on which an order can have been placed: between the company's first day and the day its file speaks of. -#}
{%- macro possible_order_date(day) -%}
    case when {{ day }} between cast('{{ var("company_start") }}' as date) and priced.file_day then {{ day }} end
{%- endmacro -%}
