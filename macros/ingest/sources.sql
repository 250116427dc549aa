{#- Each source by the name that rules and quality use, with the bronze model of its files and the model in
    which its rows have been validated. dbt has to know what a model reads before it knows the declarations,
    so these names stand here; all else is declared in models/bronze/_models.yml. -#}
{%- macro sources() -%}
    {{- return({
        'crm_customers': {'landed': 'crm_cust_info', 'validated': 'int_customers__validated'},
        'crm_products': {'landed': 'crm_prd_info', 'validated': 'int_products__validated'},
        'crm_sales': {'landed': 'crm_sales_details', 'validated': 'int_sales__validated'},
        'erp_customers': {'landed': 'erp_cust_az12', 'validated': 'int_customer_details__validated'},
        'erp_locations': {'landed': 'erp_loc_a101', 'validated': 'int_customer_locations__validated'},
        'erp_product_categories': {'landed': 'erp_px_cat_g1v2', 'validated': 'int_product_categories__validated'},
    }) -}}
{%- endmacro -%}

{#- The declaration of a landing table: its columns, freshness and `meta`. While dbt
    parses it has every option, so that every model that may be read is found. -#}
{%- macro landing_declaration(name) -%}
    {%- if not execute -%}
        {{- return({'columns': {}, 'freshness': {}, 'config': {'meta': {'by': 'key', 'measures': ['measure']}}}) -}}
    {%- endif -%}
    {%- for node in graph.sources.values() if node.source_name == 'landing' and node.name == name -%}
        {{- return(node) -}}
    {%- endfor -%}
    {{- exceptions.raise_compiler_error(name ~ " is not declared in models/bronze/_models.yml") -}}
{%- endmacro -%}

{#- Each source and its landing table, a row each. Whoever reads the list of loaded files by it waits for the bronze
    models, which write that list. -#}
{%- macro landing_sources() -%}
    {%- if not execute %}{% do ref('int_rows__validated') %}{% endif -%}
    {%- for source, models in sources().items() %}
    select
        '{{ source }}' as source,
        '{{ models.landed }}' as landing_table
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro -%}

{#- What is reconciled: the rows of each source, and the measures that its declaration names. -#}
{%- macro reconciled_measures() -%}
    {%- set found = [] -%}
    {%- for source, models in sources().items() -%}
        {%- set meta = landing_declaration(models.landed).config.meta -%}
        {%- for measure in ['rows'] + meta.get('measures', []) -%}
            {%- do found.append({'source': source, 'measure': measure, 'validated': models.validated, 'meta': meta}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(found) -}}
{%- endmacro -%}
