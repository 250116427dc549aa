{#- Each source and the model in which its rows have been judged. -#}
{%- macro judged_models() -%}
    {{- return({
        'crm_customers': 'int_customers_judged',
        'crm_products': 'int_products_judged',
        'crm_sales': 'int_sales_judged',
        'erp_customers': 'int_customer_details_judged',
        'erp_locations': 'int_customer_locations_judged',
        'erp_product_categories': 'int_product_categories_judged',
    }) -}}
{%- endmacro -%}
