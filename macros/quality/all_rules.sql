{#- Every rule's expression, by the source it validates. -#}
{%- macro all_rules() -%}
    {{- return({
        'crm_customers': rules_crm_customers() + rules_crm_customers_in_context(),
        'crm_products': rules_crm_products() + rules_crm_products_in_context() + (rules_of_members() | selectattr('source', 'equalto', 'crm_products') | list),
        'crm_sales': rules_crm_sales() + rules_crm_sales_in_context() + (rules_of_members() | selectattr('source', 'equalto', 'crm_sales') | list),
        'erp_customers': rules_erp_customers() + rules_erp_customers_in_context(),
        'erp_locations': rules_erp_locations() + rules_erp_locations_in_context(),
        'erp_product_categories': rules_erp_product_categories() + rules_erp_product_categories_in_context(),
    }) -}}
{%- endmacro -%}
