with

customers as (select * from {{ ref('int_customers_known') }}),

buyers as (

    select distinct customer_id from {{ ref('int_sales__validated') }}
    where not is_quarantined and not is_superseded

),

described as (

    select
        *,
        false as is_inferred
    from customers

),

-- Customers that sales name and no file has described yet.
inferred as (

    select
        buyers.customer_id,
        'n/a' as customer_number,
        'n/a' as first_name,
        'n/a' as last_name,
        'n/a' as country,
        'n/a' as marital_status,
        'n/a' as gender,
        cast(null as date) as birthdate,
        cast(null as date) as create_date,
        cast(null as date) as deleted_on,
        true as is_inferred
    from buyers
    left join customers
        on buyers.customer_id = customers.customer_id
    where customers.customer_id is null

)

select * from described
union all
select * from inferred
