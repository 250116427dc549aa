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
        first_value(categories._source_file) over (
            partition by categories.category_id, categories.is_quarantined
            order by {{ newest_first('categories') }}
        ) as file_that_counts,
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
        file_that_counts = _source_file as is_of_same_file,
        content_that_counts = {{ comparable_text(['category', 'subcategory', 'requires_maintenance']) }} as is_identical
    from ranked

),

checked as (

    select
        *,
        category || ' / ' || subcategory || ' / ' || requires_maintenance as category_given,
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
