with

history as (

    select
        *,
        cast(dbt_valid_from as date) as seen_on,
        coalesce(dbt_valid_to, cast('9999-12-31' as timestamp)) as seen_until,
        row_number() over (partition by product_number, start_date order by dbt_valid_from) as change_number
    from {{ ref('products_history') }}

),

last_seen as (

    select
        product_number,
        start_date,
        max(seen_until) as seen_until,
        max(max(seen_until)) over (partition by product_number) as product_seen_until
    from history
    group by product_number, start_date

),

-- A version that the source took back never was; of a product that is gone the last ones count.
versions as (

    select
        product_number,
        start_date,
        lead(start_date) over (partition by product_number order by start_date) as next_start_date
    from last_seen
    where seen_until = product_seen_until

),

-- What the source says of the version in force holds from the day it was seen; what it says of one that
-- is over corrects it.
dated as (

    select
        history.*,
        max(case
            when history.change_number = 1 then history.start_date
            when coalesce(history.seen_on < versions.next_start_date, true) then greatest(history.seen_on, history.start_date)
        end) over (
            partition by history.product_number, history.start_date
            order by history.dbt_valid_from
            rows between unbounded preceding and current row
        ) as valid_from
    from history
    inner join versions
        on history.product_number = versions.product_number
        and history.start_date = versions.start_date

),

newest as (

    select
        *,
        row_number() over (partition by product_number, valid_from order by dbt_valid_from desc) as recency
    from dated

)

select
    product_number,
    product_id,
    product_name,
    category_id,
    product_line,
    cost,
    {{ valid_from('valid_from', 'product_number') | indent(4) }} as valid_from,
    {{ valid_to('valid_from', 'product_number') | indent(4) }} as valid_to
from newest
where recency = 1
