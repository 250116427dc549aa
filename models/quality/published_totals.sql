-- Counted in gold, independently of the way the rows took. ERP rows about customers that the CRM does
-- not list are not published: they wait. Deleted members (`deleted_on`) are left out: no file lists them.
with

sales as (select * from {{ ref('fact_sales') }}),

customers as (

    select * from {{ ref('dim_customers') }}
    where not is_inferred and deleted_on is null

),

products as (

    select * from {{ ref('dim_products') }}
    where not is_inferred and deleted_on is null

),

categories as (

    select * from {{ ref('dim_product_categories') }}
    where not is_inferred

),

details as (

    select * from {{ ref('int_customer_details__validated') }}
    where not is_quarantined and not is_superseded

),

locations as (

    select * from {{ ref('int_customer_locations__validated') }}
    where not is_quarantined and not is_superseded

)

{% for source, measure, expression, relation in [
    ('crm_sales', 'rows', 'count(*)', 'sales'),
    ('crm_sales', 'sales_amount', 'sum(sales_amount)', 'sales'),
    ('crm_sales', 'quantity', 'sum(quantity)', 'sales'),
    ('crm_customers', 'rows', 'count(*)', 'customers'),
    ('crm_products', 'rows', 'count(*)', 'products'),
    ('erp_product_categories', 'rows', 'count(*)', 'categories'),
] %}
select
    '{{ source }}' as source,
    '{{ measure }}' as measure,
    cast({{ expression }} as decimal(24, 2)) as published,
    cast(0 as bigint) as waiting
from {{ relation }}
union all
{%- endfor %}
{{ count_described_customers('erp_customers', 'details') }}
union all
{{ count_described_customers('erp_locations', 'locations') }}
