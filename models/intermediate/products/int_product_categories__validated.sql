{%- set rules = rules_erp_product_categories_in_context() -%}

with

categories as (select * from {{ ref('stg_erp__product_categories') }}),

ranked as (

    select
        categories.*,
        row_number() over (
            partition by categories.category_id, categories.is_quarantined
            order by {{ newest_first('categories') }}
        ) as recency,
        first_value(categories.category || ' / ' || categories.subcategory || ' / ' || categories.requires_maintenance) over (
            partition by categories.category_id, categories.is_quarantined
            order by {{ newest_first('categories') }}
        ) as category_that_counts,
        first_value({{ comparable_text(['categories.category', 'categories.subcategory', 'categories.requires_maintenance']) }}) over (
            partition by categories.category_id, categories.is_quarantined
            order by {{ newest_first('categories') }}
        ) as content_that_counts
    from categories

),

in_context as (

    select
        *,
        not is_quarantined and recency > 1 as is_superseded,
        content_that_counts = {{ comparable_text(['category', 'subcategory', 'requires_maintenance']) }} as is_identical
    from ranked

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
    category_id,
    category,
    subcategory,
    requires_maintenance,
    is_quarantined,
    is_superseded,
    {{ append_violations('violations', rule_violation_list(rules)) | indent(4) }} as violations,
    counted
from checked
