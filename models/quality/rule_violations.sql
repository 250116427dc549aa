{#- Rules about what a row names and no file describes. They need another source, so they are found in gold;
    what becomes of the row does not depend on them. -#}
{%- set members = [
    ('product_unknown', 'crm_sales', 'product_number', 'dim_products'),
    ('customer_unknown', 'crm_sales', 'customer_id', 'dim_customers'),
    ('product_category_unknown', 'crm_products', 'category_id', 'dim_product_categories'),
] -%}
{%- set columns = ['source', 'record_key', '_source_file', '_row_number', '_loaded_at', 'is_quarantined', 'is_superseded'] -%}

with

validated as (select * from {{ ref('int_rows__validated') }}),

crm_sales as (select * from {{ ref('int_sales__validated') }}),

crm_products as (select * from {{ ref('int_products__validated') }}),

exploded as ({{ explode_violations('validated', columns) | indent(4) }}),

unknown_members as (
    {% for rule_id, source, column, dimension in members %}
    select
        '{{ source }}' as source,
        named.record_key,
        named._source_file,
        named._row_number,
        named._loaded_at,
        named.is_quarantined,
        named.is_superseded,
        '{{ rule_id }}' as rule_id,
        '{{ column }}' as column_name,
        cast(named.{{ column }} as {{ dbt.type_string() }}) as value_before,
        cast(named.{{ column }} as {{ dbt.type_string() }}) as value_after
    from {{ source }} as named
    left join {{ ref(dimension) }} as members
        on named.{{ column }} = members.{{ column }}
        and not members.is_inferred
    where members.{{ column }} is null and not named.is_quarantined
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select
    source,
    record_key,
    rule_id,
    column_name,
    value_before,
    value_after,
    _source_file as file,
    _row_number as row_number,
    is_quarantined,
    is_superseded,
    _loaded_at as loaded_at
from (
    select * from exploded
    union all
    select * from unknown_members
) as everything
