{#- Each source and the bronze model that holds its rows as they came. -#}
{%- macro landing_models() -%}
    {{- return({
        'crm_customers': 'crm_cust_info',
        'crm_products': 'crm_prd_info',
        'crm_sales': 'crm_sales_details',
        'erp_customers': 'erp_cust_az12',
        'erp_locations': 'erp_loc_a101',
        'erp_product_categories': 'erp_px_cat_g1v2',
    }) -}}
{%- endmacro -%}

{#- A row as it stood in its file. -#}
{%- macro landed_content(model_name) -%}
    {%- if execute -%}
        {%- for node in graph.sources.values() if node.name == model_name -%}
            {{- joined_text(node.columns.keys()) -}}
        {%- endfor -%}
    {%- else -%}
        ''
    {%- endif -%}
{%- endmacro -%}
