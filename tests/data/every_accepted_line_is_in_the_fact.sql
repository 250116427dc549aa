-- Seen from the products and seen from the customers, the fact holds the lines, pieces and money that
-- the accepted lines hold: nothing lost, nothing multiplied, nothing under another's name. On a day
-- those are looked at that were validated since the last publication; the totals of all are reconciled.
with

lines as (

    select * from {{ ref('int_sales__validated') }}
    where not is_quarantined and not is_superseded and {{ not_yet_published('validated_at') }}

),

sales as (

    select * from {{ ref('fact_sales') }}
    where {{ not_yet_published('validated_at') }}

),

products as (select * from {{ ref('dim_products') }}),

customers as (select * from {{ ref('dim_customers') }}),

accepted as (

    select
        product_number as sold_to_or_of,
        count(*) as line_count,
        sum(quantity) as quantity,
        sum(sales_amount) as revenue
    from lines
    group by product_number
    union all
    select
        cast(customer_id as {{ dbt.type_string() }}) as sold_to_or_of,
        count(*) as line_count,
        sum(quantity) as quantity,
        sum(sales_amount) as revenue
    from lines
    group by customer_id

),

published as (

    select
        products.product_number as sold_to_or_of,
        count(*) as line_count,
        sum(sales.quantity) as quantity,
        sum(sales.sales_amount) as revenue
    from sales
    inner join products
        on sales.product_key = products.product_key
    group by products.product_number
    union all
    select
        cast(customers.customer_id as {{ dbt.type_string() }}) as sold_to_or_of,
        count(*) as line_count,
        sum(sales.quantity) as quantity,
        sum(sales.sales_amount) as revenue
    from sales
    inner join customers
        on sales.customer_key = customers.customer_key
    group by customers.customer_id

)

(
    select * from accepted
    except
    select * from published
)
union all
(
    select * from published
    except
    select * from accepted
)
