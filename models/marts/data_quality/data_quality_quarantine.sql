with

quarantine as (select * from {{ ref('quarantine') }})

select
    source,
    file,
    row_number,
    record_key,
    rule_id,
    reason
from quarantine
