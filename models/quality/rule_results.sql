with

rules as (select * from {{ ref('data_quality_rules') }}),

validated as (
    {% for source, model in validated_models().items() %}
    select
        '{{ source }}' as source,
        count(*) as rows_validated
    from {{ ref(model) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

combinations as (
    {% for source, model in validated_models().items() %}
    select
        counted,
        count(*) as row_count
    from {{ ref(model) }}
    where counted is not null
    group by counted
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- Violations are rows of rule_violations; rules of the action `count` are counted from the text in `counted`.
touched as (

    select
        rule_id,
        count(*) as rows_touched
    from {{ ref('rule_violations') }}
    group by rule_id
    union all
    select
        rules.rule_id,
        cast(sum(combinations.row_count) as bigint) as rows_touched
    from rules
    inner join combinations
        on {{ dbt.position("' ' || rules.rule_id || ' '", "' ' || combinations.counted") }} > 0
    where rules.action = 'count'
    group by rules.rule_id

),

measured as (

    select
        rules.*,
        validated.rows_validated,
        coalesce(touched.rows_touched, 0) as rows_touched,
        cast(coalesce(touched.rows_touched, 0) / cast(nullif(validated.rows_validated, 0) as double) as decimal(9, 6)) as share
    from rules
    inner join validated
        on rules.source = validated.source
    left join touched
        on rules.rule_id = touched.rule_id

)

select
    rule_id,
    source,
    column_name,
    title,
    action,
    severity,
    rows_validated,
    rows_touched,
    coalesce(share, cast(0 as decimal(9, 6))) as share,
    error_threshold,
    case
        when share > error_threshold then 'stop'
        when rows_touched > 0 and severity <> 'info' then 'warn'
        else 'ok'
    end as status
from measured
