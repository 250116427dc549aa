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
        customer_id_text is null as customer_id_missing,
        customer_id_text is not null and customer_id is null as customer_id_not_a_number,
        customer_id is not null and customer_number_text is not null and customer_number is null as customer_number_malformed,
        coalesce(first_name_text, '') || ' ' || coalesce(last_name_text, '') as name_text,
        coalesce(first_name, '') || ' ' || coalesce(last_name, '') as name,
        coalesce(first_name_text, '') <> coalesce(first_name, '') or coalesce(last_name_text, '') <> coalesce(last_name, '')
            as customer_name_control_characters,
        greatest(coalesce(length(first_name), 0), coalesce(length(last_name), 0)) > {{ var('longest_name') }} as customer_name_too_long,
        create_date_text is not null and create_date is null as create_date_invalid,
        first_name_was_trimmed as customer_first_name_trimmed,
        last_name_was_trimmed as customer_last_name_trimmed,
        {{ is_written_as_decimal('customer_id_text') }} as customer_id_written_as_decimal
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
    customer_id_missing or customer_id_not_a_number or customer_number_malformed as is_quarantined,
    {{ violations([
        ('customer_id', 'customer_id_text', none, ['customer_id_missing', 'customer_id_not_a_number']),
        ('customer_number', 'customer_number_text', none, ['customer_number_malformed']),
        ('first_name', 'name_text', 'name', ['customer_name_control_characters']),
        ('last_name', 'name', 'name', ['customer_name_too_long']),
        ('create_date', 'create_date_text', none, ['create_date_invalid']),
    ]) | indent(4) }} as violations,
    {{ counted(['customer_first_name_trimmed', 'customer_last_name_trimmed', 'customer_id_written_as_decimal']) | indent(4) }} as counted
from checked
