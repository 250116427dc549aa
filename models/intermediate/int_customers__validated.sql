with

customers as (select * from {{ ref('stg_crm__customers') }}),

marital_statuses as (select * from {{ ref('marital_statuses') }}),

genders as (select * from {{ ref('genders') }}),

-- The version created last is the current one, older ones are its history.
older as ({{ older_rows('customers', ['customer_id'], 'customers.create_date desc nulls last, ' ~ newest_first('customers')) }}),

in_context as (

    select
        customers.*,
        marital_statuses.marital_status as marital_status_known,
        genders.gender as gender_known,
        older._row_number is not null as is_older
    from customers
    left join marital_statuses
        on customers.marital_status_code = marital_statuses.marital_status_code
    left join genders
        on customers.gender_code = genders.gender_code
    left join older
        on customers._source_file = older._source_file
        and customers._row_number = older._row_number

),

-- A number that two customers claim belongs to the one with the lowest id.
claimed as (

    select
        customer_number,
        min(customer_id) as owner_id
    from in_context
    where not is_quarantined and not is_older
    group by customer_number
    having min(customer_id) <> max(customer_id)

),

checked as (

    select
        in_context.*,
        in_context.marital_status_code is not null and in_context.marital_status_known is null as marital_status_unmapped,
        in_context.gender_code is not null and in_context.gender_known is null as gender_unmapped,
        in_context.is_older as customer_superseded,
        coalesce(not in_context.is_quarantined and in_context.customer_id <> claimed.owner_id, false) as customer_number_taken,
        in_context.marital_status_code <> upper(in_context.marital_status_known) as marital_status_to_word,
        in_context.gender_code <> upper(in_context.gender_known) as gender_to_word
    from in_context
    left join claimed
        on in_context.customer_number = claimed.customer_number

)

select
    {{ provenance() | indent(4) }},
    record_key,
    customer_id,
    case when not customer_number_taken then customer_number end as customer_number,
    first_name,
    last_name,
    coalesce(marital_status_known, 'n/a') as marital_status,
    coalesce(gender_known, 'n/a') as gender,
    create_date,
    is_quarantined,
    customer_superseded as is_superseded,
    {{ append_violations('violations', violations([
        ('marital_status', 'marital_status_code', "'n/a'", ['marital_status_unmapped']),
        ('gender', 'gender_code', "'n/a'", ['gender_unmapped']),
        ('customer_id', 'customer_id', 'customer_id', ['customer_superseded']),
        ('customer_number', 'customer_number', "'n/a'", ['customer_number_taken']),
    ])) | indent(4) }} as violations,
    {{ append_counted('counted', counted(['marital_status_to_word', 'gender_to_word'])) | indent(4) }} as counted
from checked
