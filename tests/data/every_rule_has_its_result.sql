-- Every rule of the catalogue has a result, and what is only counted is counted in the validated rows.
with

counted as (
    {% for source, model in validated_models().items() %}
    select
        '{{ source }}' as source,
        counted
    from {{ ref(model) }}
    where counted is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

rules as (select * from {{ ref('data_quality_rules') }}),

expected as (

    select
        rules.rule_id,
        count(counted.counted) as rows_touched
    from rules
    left join counted
        on rules.source = counted.source
        and {{ dbt.position("' ' || rules.rule_id || ' '", "' ' || counted.counted") }} > 0
    group by rules.rule_id

)

select
    rules.rule_id,
    expected.rows_touched,
    results.rows_touched as rows_in_result
from rules
inner join expected
    on rules.rule_id = expected.rule_id
left join {{ ref('rule_results') }} as results
    on rules.rule_id = results.rule_id
    and rules.source = results.source
where
    results.rule_id is null
    or (rules.action = 'count' and results.rows_touched <> expected.rows_touched)
