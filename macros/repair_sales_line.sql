{#- What a sales line says about itself, put right: of amount, quantity and price any one that is missing
    or unusable follows from the other two, and the amount is always quantity x price. An order date
    counts only between the company's first day and today. -#}
{%- macro repair_sales_line(relation) -%}
select
    priced.*,
    cast(priced.quantity * priced.price as decimal(18, 2)) as sales_amount,
    case
        when priced.order_date_given between cast('{{ var("company_start") }}' as date) and cast('{{ today() }}' as date)
            then priced.order_date_given
    end as order_date_usable
from (
    select
        counted.*,
        coalesce(
            nullif(abs(counted.price_given), 0),
            case
                when counted.sales_amount_given > 0 and counted.quantity > 0
                    then {{ divide_money('counted.sales_amount_given', 'counted.quantity') }}
            end
        ) as price
    from (
        select
            lines.*,
            case
                when lines.quantity_given > 0 then lines.quantity_given
                when lines.sales_amount_given > 0 and lines.sales_amount_given % nullif(abs(lines.price_given), 0) = 0
                    then cast(floor(lines.sales_amount_given / abs(lines.price_given)) as int)
            end as quantity
        from {{ relation }} as lines
    ) as counted
) as priced
{%- endmacro -%}
