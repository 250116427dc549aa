with

corrected_amounts as (select * from {{ ref('corrected_amounts') }})

select
    rule_id,
    title,
    rows_corrected,
    amount_before,
    amount_after,
    corrected,
    ambiguous
from corrected_amounts
