with

locations as (select * from {{ ref('stg_erp__locations') }}),

countries as (select * from {{ ref('countries') }}),

older as ({{ older_rows('locations', ['customer_number'], newest_first('locations')) }}),

in_context as (

    select
        locations.*,
        countries.country as country_known,
        older._row_number is not null as is_older,
        coalesce(older.is_of_same_file, false) as is_repeated
    from locations
    left join countries
        on lower(locations.country_spelling) = lower(countries.country_spelling)
    left join older
        on locations._source_file = older._source_file
        and locations._row_number = older._row_number

),

checked as (

    select
        *,
        country_spelling is not null and country_known is null as country_unmapped,
        is_repeated as location_duplicate,
        country_spelling <> country_known as country_to_name
    from in_context

)

select
    {{ provenance() | indent(4) }},
    record_key,
    customer_number,
    coalesce(country_known, 'n/a') as country,
    is_quarantined,
    is_older as is_superseded,
    {{ append_violations('violations', violations([
        ('country', 'country_spelling', "'n/a'", ['country_unmapped']),
        ('customer_number', 'customer_number', 'customer_number', ['location_duplicate']),
    ])) | indent(4) }} as violations,
    {{ append_counted('counted', counted(['country_to_name'])) | indent(4) }} as counted
from checked
