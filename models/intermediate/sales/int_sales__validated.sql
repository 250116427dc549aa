{%- set rules = rules_crm_sales_in_context() -%}
-- depends_on: {{ ref('file_load_log') }} {{ ref('int_sales_published') }}

with

{% if is_incremental() -%}
{{ touched_sales_lines() }},
{% else -%}
-- Read more than once below: an engine that keeps such a query's rows cleans the texts once.
validated_now as (select * from {{ ref('stg_crm__sales') }}),
{% endif %}
duplicates as ({{ repeated_sales_lines('validated_now') }}),

siblings as ({{ sibling_order_dates('validated_now') }}),

in_context as (

    select
        lines.*,
        duplicates._row_number is not null as is_superseded,
        coalesce(duplicates.is_identical, false) as is_identical,
        coalesce(lines.order_date_usable, siblings.order_date, lines.order_date_by_shipment) as order_date,
        {{ order_date_source() | indent(8) }} as order_date_source
    from validated_now as lines
    left join duplicates
        on lines._source_file = duplicates._source_file
        and lines._row_number = duplicates._row_number
    left join siblings
        on lines.order_number = siblings.order_number

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
    {{ append_violations('violations', rule_violation_list(rules)) | indent(4) }} as violations,
    counted,
    nullif(order_number_text, order_number) as order_number_text,
    {{ loaded_at() }} as validated_at,
    '{{ code_version() }}' as validated_by
from checked
