-- Counted in gold, independently of the way the rows took. ERP rows about customers that the CRM does
-- not have yet are not published: they wait.
with

sales as (

    select * from {{ ref('fact_sales') }}

),

customers as (

    select * from {{ ref('dim_customers') }}
    where not is_inferred

),

products as (

    select * from {{ ref('dim_products') }}
    where not is_inferred

),

categories as (

    select * from {{ ref('dim_product_categories') }}
    where not is_inferred

),

details as (

    select * from {{ ref('int_customer_details_judged') }}
    where not is_rejected and not is_set_aside

),

locations as (

    select * from {{ ref('int_customer_locations_judged') }}
    where not is_rejected and not is_set_aside

)

select 'crm_sales' as source, 'rows' as measure, count(*) as published, 0 as waiting from sales
union all
select 'crm_sales', 'sales_amount', sum(sales_amount), 0 from sales
union all
select 'crm_sales', 'quantity', sum(quantity), 0 from sales
union all
select 'crm_customers', 'rows', count(*), 0 from customers
union all
select 'crm_products', 'rows', count(*), 0 from products
union all
select 'erp_product_categories', 'rows', count(*), 0 from categories
union all
{{ count_described_customers('erp_customers', 'details') }}
union all
{{ count_described_customers('erp_locations', 'locations') }}
