{#- What a line brings over the cost of its pieces; nothing where the cost is unknown. The metric view and the
    dashboard's models count by these macros; of Jinja they hold what orchestration/questions.py knows. -#}
{%- macro gross_profit(line, product) -%}
    {{ line }}.sales_amount - {{ line }}.quantity * {{ product }}.cost
{%- endmacro -%}

{#- The revenue of a line whose profit is unknown, because the cost of its product is. -#}
{%- macro revenue_without_cost(line, product) -%}
    case when {{ product }}.cost is null then {{ line }}.sales_amount else 0 end
{%- endmacro -%}
