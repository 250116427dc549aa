with

findings as (

    select * from {{ ref('findings') }}
    where not is_rejected and not is_set_aside

),

rules as (

    select * from {{ ref('data_quality_rules') }}
    where action in ('repair', 'derive')

)

select
    findings.source,
    findings.record_key,
    findings.rule_id,
    findings.column_name,
    findings.value_before,
    findings.value_after,
    findings.file,
    findings.row_number
from findings
inner join rules
    on findings.rule_id = rules.rule_id
