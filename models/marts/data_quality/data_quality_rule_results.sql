with

rule_standings as (select * from {{ ref('rule_standings') }})

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
    error_threshold,
    status,
    usual,
    standing,
    needs_a_look
from rule_standings
