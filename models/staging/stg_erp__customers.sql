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
        customer_number is null as erp_customer_key_malformed,
        birthdate_text is not null and birthdate_given is null as birthdate_invalid,
        birthdate_given > file_day as birthdate_in_future,
        birthdate_given < cast('{{ var("oldest_birthdate") }}' as date) as birthdate_before_1924,
        customer_number <> customer_key_text as erp_customer_key_without_prefix,
        gender_was_trimmed as erp_gender_trimmed
    from repaired

)

select
    {{ provenance() | indent(4) }},
    coalesce(customer_number, customer_key_text, 'n/a') as record_key,
    customer_number,
    birthdate,
    gender_code,
    erp_customer_key_malformed as is_quarantined,
    {{ violations([
        ('customer_number', 'customer_key_text', none, ['erp_customer_key_malformed']),
        ('birthdate', 'birthdate_text', none, ['birthdate_invalid', 'birthdate_in_future']),
        ('birthdate', 'birthdate_text', 'birthdate', ['birthdate_before_1924']),
    ]) | indent(4) }} as violations,
    {{ counted(['erp_customer_key_without_prefix', 'erp_gender_trimmed']) | indent(4) }} as counted
from checked
