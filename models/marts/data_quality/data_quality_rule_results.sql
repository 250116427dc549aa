with

rule_results as (select * from {{ ref('rule_results') }})

select
    rule_id,
    source,
    column_name,
    title,
    action,
    severity,
    rows_validated,
    rows_touched,
    share,
    max_share,
    status
from rule_results
