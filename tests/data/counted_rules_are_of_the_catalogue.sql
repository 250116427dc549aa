-- What is counted of a row without being listed are rules of the catalogue, of the row's own source; every rule
-- has a result, and it says how often a rule was counted.
with

counted as (

    select
        source,
        counted,
        count(*) as row_count
    from {{ ref('int_rows__validated') }}
    where counted is not null
    group by source, counted

),

rules as (select * from {{ ref('data_quality_rules') }}),

results as (select * from {{ ref('rule_results') }}),

named as (

    select
        counted.source,
        counted.counted,
        counted.row_count,
        rules.rule_id
    from counted
    left join rules
        on counted.source = rules.source
        and {{ dbt.position("' ' || rules.rule_id || ' '", "' ' || counted.counted") }} > 0

),

-- Every name ends with a blank: what is known adds up to the whole, or there is something else.
unknown as (

    select
        source,
        counted
    from named
    group by source, counted
    having sum(case when rule_id is not null then length(rule_id) + 1 else 0 end) <> length(counted)

),

rows_of_rules as (

    select
        rule_id,
        sum(row_count) as row_count
    from named
    group by rule_id

)

select
    source,
    counted as what
from unknown
union all
select
    rules.source,
    rules.rule_id as what
from rules
left join rows_of_rules
    on rules.rule_id = rows_of_rules.rule_id
left join results
    on rules.rule_id = results.rule_id
    and rules.source = results.source
where
    results.rule_id is null
    or (rules.action = 'count' and results.rows_touched <> coalesce(rows_of_rules.row_count, 0))
