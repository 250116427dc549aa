{#- Rules for the customers of the CRM that need the row alone. -#}
{%- macro rules_crm_customers() -%}
{{- return([
    {'id': 'customer_id_missing', 'column': 'customer_id', 'rejects': true,
     'when': "customer_id_text is null",
     'before': "customer_id_text"},
    {'id': 'customer_id_not_a_number', 'column': 'customer_id', 'rejects': true,
     'when': "customer_id_text is not null and customer_id is null",
     'before': "customer_id_text"},
    {'id': 'customer_number_malformed', 'column': 'customer_number', 'rejects': true,
     'when': "customer_id is not null and customer_number_text is not null and customer_number is null",
     'before': "customer_number_text"},
    {'id': 'customer_name_control_characters', 'column': 'first_name',
     'when': "coalesce(first_name_text, '') <> coalesce(first_name, '') or coalesce(last_name_text, '') <> coalesce(last_name, '')",
     'before': "coalesce(first_name_text, '') || ' ' || coalesce(last_name_text, '')",
     'after': "coalesce(first_name, '') || ' ' || coalesce(last_name, '')"},
    {'id': 'customer_name_too_long', 'column': 'last_name',
     'when': "greatest(coalesce(length(first_name), 0), coalesce(length(last_name), 0)) > " ~ var('longest_name'),
     'before': "coalesce(first_name, '') || ' ' || coalesce(last_name, '')",
     'after': "coalesce(first_name, '') || ' ' || coalesce(last_name, '')"},
    {'id': 'create_date_invalid', 'column': 'create_date',
     'when': "create_date_text is not null and create_date is null",
     'before': "create_date_text"},
    {'id': 'customer_first_name_trimmed', 'column': 'first_name', 'counts': true,
     'when': "first_name_was_trimmed"},
    {'id': 'customer_last_name_trimmed', 'column': 'last_name', 'counts': true,
     'when': "last_name_was_trimmed"},
    {'id': 'customer_id_written_as_decimal', 'column': 'customer_id', 'counts': true,
     'when': is_written_as_decimal('customer_id_text')},
]) -}}
{%- endmacro -%}

{#- Rules that need more than the row itself: the code lists, the other versions of the customer. -#}
{%- macro rules_crm_customers_in_context() -%}
{{- return([
    {'id': 'marital_status_unmapped', 'column': 'marital_status',
     'when': "marital_status_code is not null and marital_status_known is null",
     'before': "marital_status_code", 'after': "'n/a'"},
    {'id': 'gender_unmapped', 'column': 'gender',
     'when': "gender_code is not null and gender_known is null",
     'before': "gender_code", 'after': "'n/a'"},
    {'id': 'customer_superseded', 'column': 'customer_id',
     'when': "is_older",
     'before': "customer_id", 'after': "customer_id"},
    {'id': 'customer_number_taken', 'column': 'customer_number',
     'when': "is_number_taken",
     'before': "customer_number", 'after': "'n/a'"},
    {'id': 'marital_status_to_word', 'column': 'marital_status', 'counts': true,
     'when': "marital_status_code <> upper(marital_status_known)"},
    {'id': 'gender_to_word', 'column': 'gender', 'counts': true,
     'when': "gender_code <> upper(gender_known)"},
]) -}}
{%- endmacro -%}
