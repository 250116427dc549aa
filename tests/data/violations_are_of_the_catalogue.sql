-- A violation names a rule of the catalogue, with the rule's source and column.
select
    violations.source,
    violations.rule_id,
    violations.column_name
from {{ ref('rule_violations') }} as violations
left join {{ ref('data_quality_rules') }} as rules
    on violations.rule_id = rules.rule_id
    and violations.source = rules.source
    and violations.column_name = rules.column_name
where rules.rule_id is null
