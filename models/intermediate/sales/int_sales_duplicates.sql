with

lines as (

    select * from {{ ref('stg_crm__sales') }}
    where not is_rejected

),

repeated as (

    select
        order_number,
        product_number
    from lines
    group by order_number, product_number
    having count(*) > 1

),

-- The newest line counts, the others are set aside.
ranked as (

    select
        lines._source_file,
        lines._row_number,
        lines.record_key,
        lines.line_content = first_value(lines.line_content) over (
            partition by lines.order_number, lines.product_number
            order by {{ newest_first('lines') }}
        ) as is_identical,
        row_number() over (
            partition by lines.order_number, lines.product_number
            order by {{ newest_first('lines') }}
        ) as recency
    from lines
    inner join repeated
        on lines.order_number = repeated.order_number
        and lines.product_number = repeated.product_number

)

select
    _source_file,
    _row_number,
    record_key,
    is_identical
from ranked
where recency > 1
