{%- set rules = rules_crm_products_in_context() -%}

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
        {{- rule_flags(rules) | indent(4) }}
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
    not is_quarantined and end_date is not null as is_superseded,
    {{ append_violations('violations', rule_violation_list(rules)) | indent(4) }} as violations,
    {{ append_counted('counted', rule_counted(rules)) | indent(4) }} as counted
from checked
