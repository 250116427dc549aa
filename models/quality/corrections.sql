with

rule_violations as (

    select * from {{ ref('rule_violations') }}
    where not is_quarantined and not is_superseded

),

rules as (

    select * from {{ ref('data_quality_rules') }}
    where action in ('repair', 'derive')

)

select
    rule_violations.source,
    rule_violations.record_key,
    rule_violations.rule_id,
    rule_violations.column_name,
    rule_violations.value_before,
    rule_violations.value_after,
    rule_violations.file,
    rule_violations.row_number
from rule_violations
inner join rules
    on rule_violations.rule_id = rules.rule_id
