with

source as (select * from {{ ref('erp_loc_a101') }}),

texts as (

    select
        {{ provenance() | indent(8) }},
        {{ clean_text('cid') }} as customer_key_text,
        {{ clean_text('cntry') }} as country_spelling,
        {{ was_trimmed(['cntry']) }} as country_was_trimmed
    from source

),

-- The ERP writes AW-00011000 for the CRM's AW00011000.
typed as (

    select
        *,
        {{ customer_number("replace(customer_key_text, '-', '')") }} as customer_number
    from texts

),

checked as (

    select
        *,
        customer_number is null as location_key_malformed,
        customer_number <> customer_key_text as location_key_without_dash,
        country_was_trimmed as country_trimmed
    from typed

)

select
    {{ provenance() | indent(4) }},
    coalesce(customer_number, customer_key_text, 'n/a') as record_key,
    customer_number,
    country_spelling,
    location_key_malformed as is_quarantined,
    {{ violations([
        ('customer_number', 'customer_key_text', none, ['location_key_malformed']),
    ]) | indent(4) }} as violations,
    {{ counted(['location_key_without_dash', 'country_trimmed']) | indent(4) }} as counted
from checked
