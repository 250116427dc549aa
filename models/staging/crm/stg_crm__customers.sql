{%- set rules = rules_crm_customers() -%}

with

source as (select * from {{ ref('crm_cust_info') }}),

texts as (

    select
        {{ provenance() | indent(8) }},
        {{ clean_text('cst_id') }} as customer_id_text,
        {{ clean_text('cst_key') }} as customer_number_text,
        {{ clean_text('cst_firstname') }} as first_name_text,
        {{ clean_text('cst_lastname') }} as last_name_text,
        upper({{ clean_text('cst_marital_status') }}) as marital_status_code,
        upper({{ clean_text('cst_gndr') }}) as gender_code,
        {{ clean_text('cst_create_date') }} as create_date_text,
        {{ was_trimmed(['cst_firstname']) }} as first_name_was_trimmed,
        {{ was_trimmed(['cst_lastname']) }} as last_name_was_trimmed
    from source

),

typed as (

    select
        *,
        {{ to_whole_number('customer_id_text') }} as customer_id,
        {{ customer_number('customer_number_text') }} as customer_number,
        {{ clean_text(without_control_characters('first_name_text')) }} as first_name,
        {{ clean_text(without_control_characters('last_name_text')) }} as last_name,
        {{ to_date('create_date_text') }} as create_date
    from texts

),

checked as (

    select
        *,
        {{- rule_flags(rules) | indent(4) }}
    from typed

)

select
    {{ provenance() | indent(4) }},
    coalesce(customer_number_text, customer_id_text, 'n/a') as record_key,
    customer_id,
    customer_number,
    first_name,
    last_name,
    marital_status_code,
    gender_code,
    create_date,
    {{ quarantines(rules) }} as is_quarantined,
    {{ rule_violation_list(rules) | indent(4) }} as violations,
    {{ rule_counted(rules) | indent(4) }} as counted
from checked
