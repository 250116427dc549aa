{#- ERP rows whose customer is published, and those whose customer the CRM does not have. -#}
{%- macro count_described_customers(source, relation) -%}
select
    '{{ source }}' as source,
    'rows' as measure,
    cast(count(customers.customer_number) as decimal(24, 2)) as published,
    count(*) - count(customers.customer_number) as waiting
from {{ relation }}
left join customers
    on {{ relation }}.customer_number = customers.customer_number
{%- endmacro -%}
