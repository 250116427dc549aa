with

rules as (select * from {{ ref('data_quality_rules') }}),

judged as (
    {% for source, model in judged_models().items() %}
    select
        '{{ source }}' as source,
        count(*) as rows_judged
    from {{ ref(model) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

combinations as (
    {% for source, model in judged_models().items() %}
    select
        counted,
        count(*) as row_count
    from {{ ref(model) }}
    where counted is not null
    group by counted
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- Findings are in the ledger; what is no error is counted only.
touched as (

    select
        rule_id,
        count(*) as rows_touched
    from {{ ref('findings') }}
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
        judged.rows_judged,
        coalesce(touched.rows_touched, 0) as rows_touched,
        cast(coalesce(touched.rows_touched, 0) / cast(nullif(judged.rows_judged, 0) as double) as decimal(9, 6)) as share
    from rules
    inner join judged
        on rules.source = judged.source
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
    rows_judged,
    rows_touched,
    coalesce(share, cast(0 as decimal(9, 6))) as share,
    max_share,
    case
        when share > max_share then 'stop'
        when rows_touched > 0 and severity <> 'info' then 'warn'
        else 'ok'
    end as status
from measured
