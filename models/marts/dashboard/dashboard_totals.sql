with

held as (

    select count(rule_id) as rows_held
    from {{ ref('data_quality_quarantine') }}

),

rules as (

    select
        count(rule_id) as rules,
        cast(coalesce(sum(case when needs_a_look then 1 else 0 end), 0) as bigint) as rules_to_look_at,
        cast(coalesce(sum(case when status = 'stop' then 1 else 0 end), 0) as bigint) as rules_stopping
    from {{ ref('data_quality_rule_results') }}
    where action <> 'count'

),

sums as (

    select cast(coalesce(sum(abs(difference)), 0) as decimal(24, 2)) as difference
    from {{ ref('data_quality_reconciliation') }}

),

sales as (

    select
        max(order_date) as last_order_date,
        count(order_number) as order_lines
    from {{ ref('fact_sales') }}

),

files as (select max(delivered_at) as delivered_at from {{ ref('data_quality_freshness') }})

select
    held.rows_held,
    rules.rules,
    rules.rules_to_look_at,
    rules.rules_stopping,
    sums.difference,
    sales.last_order_date,
    sales.order_lines,
    files.delivered_at
from held
cross join rules
cross join sums
cross join sales
cross join files
