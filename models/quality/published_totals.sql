-- Counted in gold, independently of the way the rows took. Rows that describe members of another source
-- (`by` in the declaration) are not published while no file lists the member: they wait. Deleted members
-- (`deleted_on`) are left out: no file lists them.
with

fact_sales as (select * from {{ ref('fact_sales') }}),

dim_customers as (

    select * from {{ ref('dim_customers') }}
    where not is_inferred and deleted_on is null

),

dim_products as (

    select * from {{ ref('dim_products') }}
    where not is_inferred and deleted_on is null

),

dim_product_categories as (

    select * from {{ ref('dim_product_categories') }}
    where not is_inferred

)

{% for each in reconciled_measures() %}
{% if each.meta.by %}
select
    '{{ each.source }}' as source,
    '{{ each.measure }}' as measure,
    cast(count(members.{{ each.meta.by }}) as decimal(24, 2)) as published,
    count(*) - count(members.{{ each.meta.by }}) as waiting
from {{ ref(each.validated) }} as described
left join {{ each.meta.reconciled_with }} as members
    on described.{{ each.meta.by }} = members.{{ each.meta.by }}
where not described.is_quarantined and not described.is_superseded
{% else %}
select
    '{{ each.source }}' as source,
    '{{ each.measure }}' as measure,
    cast({{ 'count(*)' if each.measure == 'rows' else 'sum(' ~ each.measure ~ ')' }} as decimal(24, 2)) as published,
    cast(0 as bigint) as waiting
from {{ each.meta.reconciled_with }}
{% endif %}
{{ 'union all' if not loop.last }}
{% endfor %}
