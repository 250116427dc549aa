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
        category_id is null as category_id_missing,
        length(category_id) <> 5 or substr(category_id, 3, 1) <> '_' as category_id_malformed,
        coalesce(requires_maintenance_text, '') not in ('Yes', 'No') as maintenance_unmapped,
        text_was_trimmed as category_text_trimmed
    from repaired

)

select
    {{ provenance() | indent(4) }},
    coalesce(category_id, category || '/' || subcategory) as record_key,
    category_id,
    category,
    subcategory,
    requires_maintenance,
    category_id_missing or category_id_malformed as is_quarantined,
    {{ violations([
        ('category_id', 'category_id', none, ['category_id_missing', 'category_id_malformed']),
        ('requires_maintenance', 'requires_maintenance_text', 'requires_maintenance', ['maintenance_unmapped']),
    ]) | indent(4) }} as violations,
    {{ counted(['category_text_trimmed']) | indent(4) }} as counted
from checked
