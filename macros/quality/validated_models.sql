{#- Each source and the model in which its rows have been validated. -#}
{%- macro validated_models() -%}
    {{- return({
        'crm_customers': 'int_customers__validated',
        'crm_products': 'int_products__validated',
        'crm_sales': 'int_sales__validated',
        'erp_customers': 'int_customer_details__validated',
        'erp_locations': 'int_customer_locations__validated',
        'erp_product_categories': 'int_product_categories__validated',
    }) -}}
{%- endmacro -%}
