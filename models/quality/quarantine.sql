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

landed as (
    {% for source, model in landing_models().items() %}
    select
        '{{ source }}' as source,
        _source_file,
        _row_number,
        {{ landed_content(model) }} as content
    from {{ ref(model) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select
    reasons.source,
    reasons.record_key,
    reasons.rule_id,
    reasons.reason,
    reasons.file,
    reasons.row_number,
    landed.content,
    reasons.loaded_at
from reasons
inner join landed
    on reasons.source = landed.source
    and reasons.file = landed._source_file
    and reasons.row_number = landed._row_number
