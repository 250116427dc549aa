-- Stated or derived, an order was placed between the company's first day and today.
select
    order_number,
    order_date,
    order_date_source
from {{ ref('fact_sales') }}
where order_date not between cast('{{ var("company_start") }}' as date) and cast('{{ today() }}' as date)
