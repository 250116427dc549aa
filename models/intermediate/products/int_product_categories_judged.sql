{%- set rules = rules_erp_product_categories_in_context() -%}

with

categories as (select * from {{ ref('stg_erp__product_categories') }}),

in_context as (

    select
        categories.*,
        row_number() over (
            partition by categories.category_id, categories.is_rejected
            order by {{ newest_first('categories') }}
        ) as recency
    from categories

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
    is_rejected,
    category_duplicate as is_set_aside,
    {{ append_issues('issues', rule_issues(rules)) | indent(4) }} as issues
from checked
