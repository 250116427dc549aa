{#- ERP rows whose customer is published, and those whose customer the CRM does not have. -#}
{%- macro count_described_customers(source, relation) -%}
select
    '{{ source }}' as source,
    'rows' as measure,
    count(customers.customer_number) as published,
    sum(case when customers.customer_number is null then 1 else 0 end) as waiting
from {{ relation }}
left join customers
    on {{ relation }}.customer_number = customers.customer_number
{%- endmacro -%}
