with

rule_violations as (

    select * from {{ ref('rule_violations') }}
    where is_quarantined

),

rules as (select * from {{ ref('data_quality_rules') }}),

-- Everything that is wrong with a row; the rule named is the first by name of those that keep it out.
reasons as (

    select
        rule_violations.source,
        rule_violations.record_key,
        rule_violations.file,
        rule_violations.row_number,
        rule_violations.loaded_at,
        min(case when rules.action = 'quarantine' then rule_violations.rule_id end) as rule_id,
        {{ list_text('rules.title') }} as reason
    from rule_violations
    inner join rules
        on rule_violations.rule_id = rules.rule_id
    group by rule_violations.source, rule_violations.record_key, rule_violations.file, rule_violations.row_number, rule_violations.loaded_at

),

-- The few rows are looked up first, their content is put together then.
quarantined as (
    {% for source, models in sources().items() %}
    select
        reasons.*,
        {{ joined_text(landing_declaration(models.landed).columns) }} as content
    from reasons
    inner join {{ ref(models.landed) }} as landed
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
