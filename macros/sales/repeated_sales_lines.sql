{#- The lines of a relation that repeat a newer line of the same order and product: the newest one
    counts, the others are superseded. -#}
{%- macro repeated_sales_lines(relation) -%}
select
    _source_file,
    _row_number,
    is_identical
from (
    select
        lines._source_file,
        lines._row_number,
        lines.line_content = first_value(lines.line_content) over (
            partition by lines.order_number, lines.product_number
            order by {{ newest_first('lines') }}
        ) as is_identical,
        row_number() over (
            partition by lines.order_number, lines.product_number
            order by {{ newest_first('lines') }}
        ) as recency
    from {{ relation }} as lines
    inner join (
        select
            order_number,
            product_number
        from {{ relation }}
        where not is_quarantined
        group by order_number, product_number
        having count(*) > 1
    ) as repeated
        on lines.order_number = repeated.order_number
        and lines.product_number = repeated.product_number
    where not lines.is_quarantined
) as ranked
where recency > 1
{%- endmacro -%}
