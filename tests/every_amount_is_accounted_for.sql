-- The amounts the repairs changed, rule by rule, add up to the difference between file and fact.
with

ledger as (

    select
        coalesce(sum(
            cast(value_after as decimal(18, 2)) - coalesce({{ to_amount('value_before') }}, 0)
        ), 0) as corrected
    from {{ ref('corrections') }}
    where source = 'crm_sales' and column_name = 'sales_amount'

),

reconciled as (

    select corrected from {{ ref('reconciliation') }}
    where source = 'crm_sales' and measure = 'sales_amount'

)

select
    ledger.corrected as by_rule,
    reconciled.corrected as in_total
from ledger
cross join reconciled
where ledger.corrected <> reconciled.corrected
