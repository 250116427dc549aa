{#- Rules about what a row names and no file describes. They need another source, so they are found in gold;
    what becomes of the row does not depend on them. -#}
{%- macro rules_of_members() -%}
{{- return([
    {'id': 'product_unknown', 'source': 'crm_sales', 'column': 'product_number', 'dimension': 'dim_products'},
    {'id': 'customer_unknown', 'source': 'crm_sales', 'column': 'customer_id', 'dimension': 'dim_customers'},
    {'id': 'product_category_unknown', 'source': 'crm_products', 'column': 'category_id', 'dimension': 'dim_product_categories'},
]) -}}
{%- endmacro -%}
