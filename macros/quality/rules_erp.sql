{%- macro rules_erp_customers() -%}
{{- return([
    {'id': 'erp_customer_key_malformed', 'column': 'customer_number', 'rejects': true,
     'when': "customer_number is null",
     'before': "customer_key_text"},
    {'id': 'birthdate_invalid', 'column': 'birthdate',
     'when': "birthdate_text is not null and birthdate_given is null",
     'before': "birthdate_text"},
    {'id': 'birthdate_in_future', 'column': 'birthdate',
     'when': "birthdate_given > cast('" ~ today() ~ "' as date)",
     'before': "birthdate_text"},
    {'id': 'birthdate_before_1924', 'column': 'birthdate',
     'when': "birthdate_given < cast('" ~ var('oldest_birthdate') ~ "' as date)",
     'before': "birthdate_text", 'after': "birthdate"},
]) -}}
{%- endmacro -%}

{%- macro rules_erp_customers_in_context() -%}
{{- return([
    {'id': 'erp_gender_unmapped', 'column': 'gender',
     'when': "gender_code is not null and gender_known is null",
     'before': "gender_code", 'after': "'n/a'"},
    {'id': 'erp_customer_duplicate', 'column': 'customer_number',
     'when': "not is_rejected and recency > 1",
     'before': "customer_number", 'after': "customer_number"},
]) -}}
{%- endmacro -%}

{%- macro rules_erp_locations() -%}
{{- return([
    {'id': 'location_key_malformed', 'column': 'customer_number', 'rejects': true,
     'when': "customer_number is null",
     'before': "customer_key_text"},
]) -}}
{%- endmacro -%}

{%- macro rules_erp_locations_in_context() -%}
{{- return([
    {'id': 'country_unmapped', 'column': 'country',
     'when': "country_spelling is not null and country_known is null",
     'before': "country_spelling", 'after': "'n/a'"},
    {'id': 'location_duplicate', 'column': 'customer_number',
     'when': "not is_rejected and recency > 1",
     'before': "customer_number", 'after': "customer_number"},
]) -}}
{%- endmacro -%}

{%- macro rules_erp_product_categories() -%}
{{- return([
    {'id': 'category_id_missing', 'column': 'category_id', 'rejects': true,
     'when': "category_id is null",
     'before': "category_id"},
    {'id': 'maintenance_unmapped', 'column': 'requires_maintenance',
     'when': "coalesce(requires_maintenance_text, '') not in ('Yes', 'No')",
     'before': "requires_maintenance_text", 'after': "requires_maintenance"},
]) -}}
{%- endmacro -%}

{%- macro rules_erp_product_categories_in_context() -%}
{{- return([
    {'id': 'category_duplicate', 'column': 'category_id',
     'when': "not is_rejected and recency > 1",
     'before': "category_id", 'after': "category_id"},
]) -}}
{%- endmacro -%}
