-- Stated or derived, an order was placed between the company's first day and the newest day a file speaks of.
select
    order_number,
    order_date,
    order_date_source
from {{ ref('fact_sales') }}
where
    order_date < cast('{{ var("company_start") }}' as date)
    or order_date > (select max(stated.file_day) from {{ ref('stg_crm__sales') }} as stated)
