-- For every product and every day there is one cost and no second one.
with

versions as (

    select
        *,
        lag(valid_to) over (partition by product_key order by valid_from) as previous_valid_to,
        lead(valid_from) over (partition by product_key order by valid_from) as next_valid_from
    from {{ ref('product_costs') }}

)

select
    product_key,
    valid_from,
    valid_to,
    previous_valid_to,
    next_valid_from
from versions
where
    valid_from > valid_to
    or (previous_valid_to is null and valid_from <> cast('1900-01-01' as date))
    or coalesce(valid_from <> cast({{ dbt.dateadd('day', 1, 'previous_valid_to') }} as date), false)
    or (next_valid_from is null and valid_to <> cast('9999-12-31' as date))
