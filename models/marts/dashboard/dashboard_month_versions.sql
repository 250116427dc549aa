{{- config(schema='silver', access='protected', contract={'enforced': false}) -}}
with

lines as (select * from {{ ref('dashboard_lines') }}),

months as (

    select
        month_number,
        count(order_number) as lines,
        count(compared_day) as compared_lines,
        {{ checksum_of_rows([
            'order_number', 'product_key', 'customer_key', 'order_date', 'country', 'category', 'subcategory',
            'product_line', 'product_name', 'sales_amount', 'quantity', 'gross_profit', 'revenue_without_cost'
        ]) }} as checksum
    from lines
    group by month_number

),

counted as (

    select
        *,
        sum(lines) over (order by month_number nulls last) as lines_until,
        bit_xor(checksum) over (order by month_number nulls last) as checksum_until
    from months

)

select
    coalesce(month_number, 0) as month_number,
    concat_ws(' ', lines, compared_lines, checksum) as lines_version,
    concat_ws(' ', lines_until, compared_lines, checksum_until) as history_version
from counted
