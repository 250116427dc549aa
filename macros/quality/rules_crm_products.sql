{#- Rules for the products of the CRM that need the row alone. -#}
{%- macro rules_crm_products() -%}
{{- return([
    {'id': 'product_key_malformed', 'column': 'product_number', 'rejects': true,
     'when': "product_number is null",
     'before': "product_key_text"},
    {'id': 'product_start_date_invalid', 'column': 'start_date', 'rejects': true,
     'when': "start_date is null",
     'before': "start_date_text"},
    {'id': 'product_cost_missing', 'column': 'cost',
     'when': "cost_text is null",
     'before': "cost_text", 'after': "cost"},
    {'id': 'product_cost_not_a_number', 'column': 'cost',
     'when': "cost_text is not null and cost_given is null",
     'before': "cost_text", 'after': "cost"},
    {'id': 'product_cost_negative', 'column': 'cost',
     'when': "cost_given < 0",
     'before': "cost_text", 'after': "cost"},
    {'id': 'product_cost_rounded', 'column': 'cost',
     'when': "cost_given > 0 and cost_given <> cost",
     'before': "cost_text", 'after': "cost"},
    {'id': 'product_key_split', 'column': 'product_number', 'counts': true,
     'when': "product_number is not null"},
    {'id': 'product_line_trimmed', 'column': 'product_line', 'counts': true,
     'when': "product_line_was_trimmed"},
]) -}}
{%- endmacro -%}

{#- Rules that need more than the row itself: the code lists, the product's next version. -#}
{%- macro rules_crm_products_in_context() -%}
{{- return([
    {'id': 'product_line_unmapped', 'column': 'product_line',
     'when': "product_line_code is not null and product_line_known is null",
     'before': "product_line_code", 'after': "'n/a'"},
    {'id': 'product_category_corrected', 'column': 'category_id',
     'when': "corrected_category_id is not null",
     'before': "category_id_given", 'after': "corrected_category_id"},
    {'id': 'product_end_before_start', 'column': 'end_date',
     'when': "end_date_given < start_date",
     'before': "end_date_given", 'after': "end_date"},
    {'id': 'product_line_to_word', 'column': 'product_line', 'counts': true,
     'when': "product_line_code <> upper(product_line_known)"},
    {'id': 'product_superseded', 'column': 'end_date', 'counts': true,
     'when': "not is_quarantined and end_date is not null"},
]) -}}
{%- endmacro -%}
