-- touched_sales_lines() reads the first, the `where` of this model's tests the second (macros/tests/get_where_subquery.sql).
-- depends_on: {{ ref('file_load_log') }} {{ source('audit', 'publications') }}

with

{% if is_incremental() -%}
{{ touched_sales_lines() }},
{% else -%}
-- Read by three CTEs below; DuckDB materializes such a CTE, so the texts are cleaned once.
validated_now as (select * from {{ ref('int_sales__checked') }}),
{% endif %}
duplicates as ({{ older_rows('validated_now', ['order_number', 'product_number'], newest_first('validated_now'), 'line_content') }}),

-- The earliest date that any line of an order states, for lines that state none. A derived date is no evidence.
siblings as (

    select
        order_number,
        min(order_date_usable) as order_date
    from validated_now
    where not is_quarantined
    group by order_number
    having count(*) > count(order_date_usable)

),

checked as (

    select
        lines.*,
        coalesce(lines.order_date_usable, siblings.order_date, lines.order_date_by_shipment) as order_date,
        case
            when lines.order_date_usable is not null then 'source'
            when siblings.order_date is not null then 'sibling_line'
            when lines.order_date_by_shipment is not null then 'shipping_lead_time'
            else 'unknown'
        end as order_date_source,
        lines.order_date_text is null or lines.order_date_text = '0' as order_date_missing,
        lines.order_date_text <> '0' and lines.order_date_given is null as order_date_malformed,
        lines.order_date_usable is null and lines.order_date_given > lines.file_day as order_date_in_future,
        lines.order_date_usable is null and lines.order_date_given < date '{{ var("company_start") }}' as order_date_before_company,
        duplicates._row_number is not null as is_superseded,
        duplicates.is_identical as duplicate_line_identical,
        not duplicates.is_identical as duplicate_line_conflicting
    from validated_now as lines
    left join duplicates
        on lines._source_file = duplicates._source_file and lines._row_number = duplicates._row_number
    left join siblings
        on lines.order_number = siblings.order_number

)

select
    {{ provenance() | indent(4) }},
    record_key,
    order_number,
    product_number,
    customer_id,
    order_date,
    order_date_source,
    ship_date,
    due_date,
    sales_amount_given,
    quantity_given,
    sales_amount,
    quantity,
    price,
    is_quarantined,
    is_superseded,
    {{ append_violations('violations', violations([
        ('order_date', 'order_date_text', 'order_date', [
            'order_date_missing', 'order_date_malformed', 'order_date_in_future', 'order_date_before_company',
        ]),
        ('order_number', 'order_number', 'order_number', ['duplicate_line_identical', 'duplicate_line_conflicting']),
    ])) | indent(4) }} as violations,
    counted,
    nullif(order_number_text, order_number) as order_number_text,
    {{ loaded_at() }} as validated_at,
    '{{ code_version() }}' as validated_by
from checked
