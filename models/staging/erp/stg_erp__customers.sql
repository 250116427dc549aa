{%- set rules = rules_erp_customers() -%}

with

source as (select * from {{ ref('erp_cust_az12') }}),

texts as (

    select
        {{ provenance() | indent(8) }},
        {{ file_day('source') }} as file_day,
        {{ clean_text('cid') }} as customer_key_text,
        {{ clean_text('bdate') }} as birthdate_text,
        upper({{ clean_text('gen') }}) as gender_code,
        {{ was_trimmed(['gen']) }} as gender_was_trimmed
    from source

),

-- The ERP puts NAS before some customer numbers.
typed as (

    select
        *,
        {{ customer_number(
            "case when customer_key_text like 'NAS%' then substr(customer_key_text, 4) else customer_key_text end"
        ) }} as customer_number,
        {{ to_date('birthdate_text') }} as birthdate_given
    from texts

),

repaired as (

    select
        *,
        case when birthdate_given <= file_day then birthdate_given end as birthdate
    from typed

),

checked as (

    select
        *,
        {{- rule_flags(rules) | indent(4) }}
    from repaired

)

select
    {{ provenance() | indent(4) }},
    coalesce(customer_number, customer_key_text, 'n/a') as record_key,
    customer_number,
    birthdate,
    gender_code,
    {{ quarantines(rules) }} as is_quarantined,
    {{ rule_violation_list(rules) | indent(4) }} as violations,
    {{ rule_counted(rules) | indent(4) }} as counted
from checked
