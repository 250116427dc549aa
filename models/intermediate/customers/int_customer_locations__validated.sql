{%- set rules = rules_erp_locations_in_context() -%}

with

locations as (select * from {{ ref('stg_erp__locations') }}),

countries as (select * from {{ ref('countries') }}),

older as ({{ older_rows('locations', 'customer_number', newest_first('locations')) }}),

in_context as (

    select
        locations.*,
        countries.country as country_known,
        older._row_number is not null as is_older
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
        {{- rule_flags(rules) | indent(4) }}
    from in_context

)

select
    {{ provenance() | indent(4) }},
    record_key,
    customer_number,
    coalesce(country_known, 'n/a') as country,
    is_quarantined,
    location_duplicate as is_superseded,
    {{ append_violations('violations', rule_violation_list(rules)) | indent(4) }} as violations,
    {{ append_counted('counted', rule_counted(rules)) | indent(4) }} as counted
from checked
