{#- Rules for the customer details of the ERP that need the row alone. -#}
{%- macro rules_erp_customers() -%}
{{- return([
    {'id': 'erp_customer_key_malformed', 'column': 'customer_number', 'rejects': true,
     'when': "customer_number is null",
     'before': "customer_key_text"},
    {'id': 'birthdate_invalid', 'column': 'birthdate',
     'when': "birthdate_text is not null and birthdate_given is null",
     'before': "birthdate_text"},
    {'id': 'birthdate_in_future', 'column': 'birthdate',
     'when': "birthdate_given > file_day",
     'before': "birthdate_text"},
    {'id': 'birthdate_before_1924', 'column': 'birthdate',
     'when': "birthdate_given < cast('" ~ var('oldest_birthdate') ~ "' as date)",
     'before': "birthdate_text", 'after': "birthdate"},
    {'id': 'erp_customer_key_without_prefix', 'column': 'customer_number', 'counts': true,
     'when': "customer_number <> customer_key_text"},
    {'id': 'erp_gender_trimmed', 'column': 'gender', 'counts': true,
     'when': "gender_was_trimmed"},
]) -}}
{%- endmacro -%}

{#- Rules for the customer details of the ERP that need other rows or files. -#}
{%- macro rules_erp_customers_in_context() -%}
{{- return([
    {'id': 'erp_gender_unmapped', 'column': 'gender',
     'when': "gender_code is not null and gender_known is null",
     'before': "gender_code", 'after': "'n/a'"},
    {'id': 'erp_customer_duplicate', 'column': 'customer_number',
     'when': "is_older",
     'before': "customer_number", 'after': "customer_number"},
    {'id': 'erp_gender_to_word', 'column': 'gender', 'counts': true,
     'when': "gender_code <> upper(gender_known)"},
    {'id': 'erp_gender_overruled', 'column': 'gender', 'counts': true,
     'when': "not is_quarantined and not is_older and gender_known <> crm_gender"},
]) -}}
{%- endmacro -%}

{#- Rules for the locations of the ERP that need the row alone. -#}
{%- macro rules_erp_locations() -%}
{{- return([
    {'id': 'location_key_malformed', 'column': 'customer_number', 'rejects': true,
     'when': "customer_number is null",
     'before': "customer_key_text"},
    {'id': 'location_key_without_dash', 'column': 'customer_number', 'counts': true,
     'when': "customer_number <> customer_key_text"},
    {'id': 'country_trimmed', 'column': 'country', 'counts': true,
     'when': "country_was_trimmed"},
]) -}}
{%- endmacro -%}

{#- Rules for the locations of the ERP that need other rows or files. -#}
{%- macro rules_erp_locations_in_context() -%}
{{- return([
    {'id': 'country_unmapped', 'column': 'country',
     'when': "country_spelling is not null and country_known is null",
     'before': "country_spelling", 'after': "'n/a'"},
    {'id': 'location_duplicate', 'column': 'customer_number',
     'when': "is_older",
     'before': "customer_number", 'after': "customer_number"},
    {'id': 'country_to_name', 'column': 'country', 'counts': true,
     'when': "country_spelling <> country_known"},
]) -}}
{%- endmacro -%}

{#- Rules for the product categories of the ERP that need the row alone. -#}
{%- macro rules_erp_product_categories() -%}
{{- return([
    {'id': 'category_id_missing', 'column': 'category_id', 'rejects': true,
     'when': "category_id is null",
     'before': "category_id"},
    {'id': 'category_id_malformed', 'column': 'category_id', 'rejects': true,
     'when': "length(category_id) <> 5 or substr(category_id, 3, 1) <> '_'",
     'before': "category_id"},
    {'id': 'maintenance_unmapped', 'column': 'requires_maintenance',
     'when': "coalesce(requires_maintenance_text, '') not in ('Yes', 'No')",
     'before': "requires_maintenance_text", 'after': "requires_maintenance"},
    {'id': 'category_text_trimmed', 'column': 'category', 'counts': true,
     'when': "text_was_trimmed"},
]) -}}
{%- endmacro -%}

{#- Rules for the product categories of the ERP that need other rows or files. -#}
{%- macro rules_erp_product_categories_in_context() -%}
{{- return([
    {'id': 'category_duplicate', 'column': 'category_id',
     'when': "is_superseded and is_identical",
     'before': "category_id", 'after': "category_id"},
    {'id': 'category_ambiguous', 'column': 'category_id',
     'when': "is_superseded and not is_identical",
     'before': "category || ' / ' || subcategory || ' / ' || requires_maintenance",
     'after': "category_that_counts"},
]) -}}
{%- endmacro -%}
