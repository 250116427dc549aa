{#- Which period of a product's cost a line is costed by: that of its order date, or the current one where
    nothing tells the date. The metric view and the dashboard's models count by these macros; of Jinja they hold
    what orchestration/questions.py knows. -#}
{%- macro costed_on(line, costs) -%}
    {{ line }}.product_key = {{ costs }}.product_key
    and coalesce({{ line }}.order_date, cast('9999-12-31' as date)) between {{ costs }}.valid_from and {{ costs }}.valid_to
{%- endmacro -%}

{#- What a line brings over the cost of its pieces; nothing where the cost is unknown. -#}
{%- macro gross_profit(line, costs) -%}
    {{ line }}.sales_amount - {{ line }}.quantity * {{ costs }}.cost
{%- endmacro -%}

{#- The revenue of a line whose profit is unknown, because the cost of its product is. -#}
{%- macro revenue_without_cost(line, costs) -%}
    case when {{ costs }}.cost is null then {{ line }}.sales_amount else 0 end
{%- endmacro -%}
