{%- set newest_row -%}
over (partition by described.category_id, described.is_quarantined order by {{ newest_first('described') }})
{%- endset -%}

with

categories as (select * from {{ ref('stg_erp__product_categories') }}),

described as (

    select
        *,
        category || ' / ' || subcategory || ' / ' || requires_maintenance as category_given,
        {{ joined_text(['category', 'subcategory', 'requires_maintenance'], comparable=true) }} as content
    from categories

),

in_context as (

    select
        described.*,
        not described.is_quarantined and row_number() {{ newest_row }} > 1 as is_superseded,
        first_value(described.category_given) {{ newest_row }} as category_that_counts,
        first_value(described._source_file) {{ newest_row }} = described._source_file as is_of_same_file,
        first_value(described.content) {{ newest_row }} = described.content as is_identical
    from described

),

checked as (

    select
        *,
        is_superseded and is_of_same_file and is_identical as category_duplicate,
        is_superseded and is_of_same_file and not is_identical as category_ambiguous
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
    {{ append_violations('violations', violations([
        ('category_id', 'category_id', 'category_id', ['category_duplicate']),
        ('category_id', 'category_given', 'category_that_counts', ['category_ambiguous']),
    ])) | indent(4) }} as violations,
    counted
from checked
