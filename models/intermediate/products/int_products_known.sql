with

versions as (

    select * from {{ ref('int_products__validated') }}
    where not is_quarantined and not is_superseded

),

history as (select * from {{ ref('products_history') }}),

-- What the files do not list any more, as its last version was described last.
last_seen as (

    select
        history.*,
        row_number() over (
            partition by history.product_number
            order by history.dbt_valid_to desc, history.start_date desc
        ) as recency
    from history
    left join versions
        on history.product_number = versions.product_number
    where versions.product_number is null

)

{% for relation, deleted_on in [('versions', 'null'), ('last_seen', 'dbt_valid_to')] -%}
select
    product_number,
    product_id,
    product_name,
    category_id,
    cost,
    product_line,
    start_date,
    cast({{ deleted_on }} as date) as deleted_on
from {{ relation }}
{{ 'where recency = 1' if loop.last else 'union all' }}
{% endfor %}
