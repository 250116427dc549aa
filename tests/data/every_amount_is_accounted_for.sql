-- The amounts the repairs changed, rule by rule, add up to the difference between file and fact.
with

ledger as (

    select coalesce(sum(corrected), 0) as corrected from {{ ref('corrected_amounts') }}

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
