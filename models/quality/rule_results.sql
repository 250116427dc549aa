with

rules as (select * from {{ ref('data_quality_rules') }}),

combinations as (

    select
        source,
        counted,
        count(*) as row_count
    from {{ ref('int_rows__validated') }}
    group by source, counted

),

validated as (

    select
        source,
        cast(sum(row_count) as bigint) as rows_validated
    from combinations
    group by source

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
        on rules.source = combinations.source
        and {{ dbt.position("' ' || rules.rule_id || ' '", "' ' || combinations.counted") }} > 0
    where rules.action = 'count'
    group by rules.rule_id

),

measured as (

    select
        rules.*,
        coalesce(validated.rows_validated, 0) as rows_validated,
        coalesce(touched.rows_touched, 0) as rows_touched,
        cast(coalesce(touched.rows_touched, 0) / cast(nullif(validated.rows_validated, 0) as double) as decimal(9, 6)) as share
    from rules
    left join validated
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
