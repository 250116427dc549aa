with

products as (select * from {{ ref('stg_crm__products') }}),

product_lines as (select * from {{ ref('product_lines') }}),

category_corrections as (select * from {{ ref('category_corrections') }}),

-- The source's end dates are of no use: a version ends the day before the next one starts.
in_context as (

    select
        products.*,
        product_lines.product_line as product_line_known,
        category_corrections.corrected_category_id,
        coalesce(category_corrections.corrected_category_id, products.category_id_given) as category_id,
        lead(products.start_date) over (
            partition by products.product_number, products.is_quarantined
            order by
                products.start_date, {{ file_day('products') }}, products._file_modified_at,
                products._source_file, products._row_number
        ) as next_start_date
    from products
    left join product_lines
        on products.product_line_code = product_lines.product_line_code
    left join category_corrections
        on products.category_id_given = category_corrections.category_id

),

versioned as (

    select
        *,
        cast({{ dbt.dateadd('day', -1, 'next_start_date') }} as date) as end_date
    from in_context

),

checked as (

    select
        *,
        product_line_code is not null and product_line_known is null as product_line_unmapped,
        corrected_category_id is not null as product_category_corrected,
        end_date_given < start_date as product_end_before_start,
        product_line_code <> upper(product_line_known) as product_line_to_word,
        not is_quarantined and end_date is not null as product_superseded
    from versioned

)

select
    {{ provenance() | indent(4) }},
    record_key,
    product_id,
    product_number,
    coalesce(product_name, 'n/a') as product_name,
    coalesce(category_id, 'n/a') as category_id,
    coalesce(product_line_known, 'n/a') as product_line,
    cost,
    start_date,
    end_date,
    is_quarantined,
    product_superseded as is_superseded,
    {{ append_violations('violations', violations([
        ('product_line', 'product_line_code', "'n/a'", ['product_line_unmapped']),
        ('category_id', 'category_id_given', 'corrected_category_id', ['product_category_corrected']),
        ('end_date', 'end_date_given', 'end_date', ['product_end_before_start']),
    ])) | indent(4) }} as violations,
    {{ append_counted('counted', counted(['product_line_to_word', 'product_superseded'])) | indent(4) }} as counted
from checked
