with

quarantine as (select * from {{ ref('quarantine') }})

select
    source,
    file,
    reason,
    count(*) as rows_held
from quarantine
group by source, file, reason
