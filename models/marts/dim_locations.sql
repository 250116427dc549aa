with

countries as (

    select distinct
        country,
        country_code
    from {{ ref('countries') }}

)

select
    {{ hash_key('country') }} as location_key,
    country,
    country_code
from countries
