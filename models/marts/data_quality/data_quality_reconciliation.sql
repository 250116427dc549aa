with

reconciliation as (select * from {{ ref('reconciliation') }})

select
    source,
    measure,
    landed,
    duplicates,
    superseded,
    quarantined,
    corrected,
    waiting,
    published,
    difference
from reconciliation
