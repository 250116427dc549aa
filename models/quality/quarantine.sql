with

findings as (

    select * from {{ ref('findings') }}
    where is_rejected

),

rules as (select * from {{ ref('data_quality_rules') }}),

-- Every reason a row has; the rule named is the first that keeps it out.
reasons as (

    select
        findings.source,
        findings.record_key,
        findings.file,
        findings.row_number,
        findings.loaded_at,
        min(case when rules.action = 'quarantine' then findings.rule_id end) as rule_id,
        {{ list_text('rules.title') }} as reason
    from findings
    inner join rules
        on findings.rule_id = rules.rule_id
    group by findings.source, findings.record_key, findings.file, findings.row_number, findings.loaded_at

),

-- The few rows are looked up first, their content is put together then.
quarantined as (
    {% for source, model in landing_models().items() %}
    select
        reasons.*,
        {{ landed_content(model) }} as content
    from reasons
    inner join {{ ref(model) }} as landed
        on reasons.file = landed._source_file
        and reasons.row_number = landed._row_number
    where reasons.source = '{{ source }}'
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select
    source,
    record_key,
    rule_id,
    reason,
    file,
    row_number,
    content,
    loaded_at
from quarantined
