{#- After orders were validated: takes out the lines of those that no file holds any more. Lines of any other
    order were replaced when it was validated. -#}
{%- macro delete_withdrawn_sales() -%}
    {{ delete_where_in(this, 'order_number', stale_sales_orders(this)) }}
{%- endmacro -%}
