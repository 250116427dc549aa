-- An order date that the file did not state is in the corrections with the value the fact has, and
-- an order date in the corrections is one that the file did not state.
with

sales as (

    select * from {{ ref('fact_sales') }}
    where order_date_source <> 'source'

),

products as (select * from {{ ref('dim_products') }}),

corrections as (

    select * from {{ ref('corrections') }}
    where source = 'crm_sales' and column_name = 'order_date'

),

derived as (

    select
        sales.order_number || '/' || products.product_number as record_key,
        cast(sales.order_date as {{ dbt.type_string() }}) as order_date
    from sales
    inner join products
        on sales.product_key = products.product_key

),

corrected as (

    select
        record_key,
        value_after as order_date
    from corrections

)

(
    select * from derived
    except
    select * from corrected
)
union all
(
    select * from corrected
    except
    select * from derived
)
