with

products as (select * from {{ ref('dim_products') }}),

categories as (select * from {{ ref('dim_product_categories') }}),

history as (

    select
        *,
        cast(dbt_valid_from as date) as seen_on,
        row_number() over (partition by product_number, start_date order by dbt_valid_from) as change_number,
        max(coalesce(dbt_valid_to, cast('9999-12-31' as timestamp))) over (partition by product_number, start_date) as seen_until,
        max(coalesce(dbt_valid_to, cast('9999-12-31' as timestamp))) over (partition by product_number) as product_seen_until
    from {{ ref('products_history') }}

),

-- A version that the source withdrew is left out; a deleted product keeps the versions it had when it was last listed.
versions as (

    select
        product_number,
        start_date,
        lead(start_date) over (partition by product_number order by start_date) as next_start_date
    from history
    where change_number = 1 and seen_until = product_seen_until

),

-- A change of the version in force holds from the day it was seen; a change of one that is over corrects it.
dated as (

    select
        history.*,
        max(case
            when history.change_number = 1 then history.start_date
            when coalesce(history.seen_on < versions.next_start_date, true) then greatest(history.seen_on, history.start_date)
        end) over (partition by history.product_number, history.start_date order by history.dbt_valid_from) as begins_on
    from history
    inner join versions
        on history.product_number = versions.product_number
        and history.start_date = versions.start_date

),

periods as (

    select * from dated
    qualify row_number() over (partition by product_number, begins_on order by dbt_valid_from desc) = 1

)

-- A product that no file describes has one period, as the dimension knows it.
select
    products.product_key,
    periods.product_id,
    products.product_number,
    coalesce(periods.product_name, 'n/a') as product_name,
    coalesce(periods.category_id, 'n/a') as category_id,
    coalesce(categories.category, 'n/a') as category,
    coalesce(categories.subcategory, 'n/a') as subcategory,
    periods.cost,
    coalesce(periods.product_line, 'n/a') as product_line,
    {{ valid_from('periods.begins_on', 'products.product_number') | indent(4) }} as valid_from,
    {{ valid_to('periods.begins_on', 'products.product_number') | indent(4) }} as valid_to,
    lead(periods.begins_on) over (partition by products.product_number order by periods.begins_on) is null as is_current
from products
left join periods
    on products.product_number = periods.product_number
left join categories
    on periods.category_id = categories.category_id
