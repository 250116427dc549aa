with

details as (select * from {{ ref('stg_erp__customers') }}),

genders as (select * from {{ ref('genders') }}),

-- The gender that the CRM states, where the rows of a customer number agree on one.
crm_genders as (

    select
        customer_number,
        min(gender) as crm_gender
    from {{ ref('int_customers__validated') }}
    where not is_quarantined and not is_superseded and gender <> 'n/a'
    group by customer_number
    having count(distinct gender) = 1

),

older as ({{ older_rows('details', ['customer_number'], newest_first('details')) }}),

in_context as (

    select
        details.*,
        genders.gender as gender_known,
        crm_genders.crm_gender,
        older._row_number is not null as is_older,
        coalesce(older.is_of_same_file, false) as is_repeated
    from details
    left join genders
        on details.gender_code = genders.gender_code
    left join crm_genders
        on details.customer_number = crm_genders.customer_number
    left join older
        on details._source_file = older._source_file
        and details._row_number = older._row_number

),

checked as (

    select
        *,
        gender_code is not null and gender_known is null as erp_gender_unmapped,
        is_repeated as erp_customer_duplicate,
        gender_code <> upper(gender_known) as erp_gender_to_word,
        not is_quarantined and not is_older and gender_known <> crm_gender as erp_gender_overruled
    from in_context

)

select
    {{ provenance() | indent(4) }},
    record_key,
    customer_number,
    birthdate,
    coalesce(gender_known, 'n/a') as gender,
    is_quarantined,
    is_older as is_superseded,
    {{ append_violations('violations', violations([
        ('gender', 'gender_code', "'n/a'", ['erp_gender_unmapped']),
        ('customer_number', 'customer_number', 'customer_number', ['erp_customer_duplicate']),
    ])) | indent(4) }} as violations,
    {{ append_counted('counted', counted(['erp_gender_to_word', 'erp_gender_overruled'])) | indent(4) }} as counted
from checked
