{%- set rules = rules_erp_product_categories() -%}

with

source as (select * from {{ ref('erp_px_cat_g1v2') }}),

typed as (

    select
        {{ provenance() | indent(8) }},
        {{ clean_text('id') }} as category_id,
        coalesce({{ clean_text('cat') }}, 'n/a') as category,
        coalesce({{ clean_text('subcat') }}, 'n/a') as subcategory,
        {{ clean_text('maintenance') }} as requires_maintenance_text,
        {{ was_trimmed(['id', 'cat', 'subcat', 'maintenance']) }} as text_was_trimmed
    from source

),

repaired as (

    select
        *,
        case when requires_maintenance_text in ('Yes', 'No') then requires_maintenance_text else 'n/a' end as requires_maintenance
    from typed

),

checked as (

    select
        *,
        {{- rule_flags(rules) | indent(4) }}
    from repaired

)

select
    {{ provenance() | indent(4) }},
    coalesce(category_id, category || '/' || subcategory) as record_key,
    category_id,
    category,
    subcategory,
    requires_maintenance,
    {{ quarantines(rules) }} as is_quarantined,
    {{ rule_violation_list(rules) | indent(4) }} as violations,
    {{ rule_counted(rules) | indent(4) }} as counted
from checked
