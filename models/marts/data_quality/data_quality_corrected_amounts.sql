with

corrected_amounts as (select * from {{ ref('corrected_amounts') }})

select
    rule_id,
    title,
    rows_corrected,
    amount_before,
    amount_after,
    corrected
from corrected_amounts
