with

results as (select * from {{ ref('rule_results') }}),

shares as (select * from {{ ref('share_monitors') }}),

history as (select * from {{ ref('rule_history') }}),

runs as (

    select
        max(run_started_at) as last_run,
        count(distinct run_started_at) as run_count
    from history

),

earlier as (

    select
        history.rule_id,
        max(history.rows_touched) as most_touched
    from history
    inner join runs
        on history.run_started_at < runs.last_run
    group by history.rule_id

),

-- A limit of 1 is none: the rule says what is normal.
compared as (

    select
        results.*,
        shares.usual,
        case
            when results.status = 'stop' then 'stop'
            when results.rows_touched = 0 then 'ok'
            when results.error_threshold < 1 and results.share > results.error_threshold * {{ var('near_limit') }} then 'near limit'
            when runs.run_count = 1 then 'first run'
            when coalesce(earlier.most_touched, 0) = 0 then 'new'
            when shares.measured > shares.highest then 'worse'
            else 'as before'
        end as standing
    from results
    cross join runs
    left join shares
        on results.rule_id = shares.subject
    left join earlier
        on results.rule_id = earlier.rule_id

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
    share,
    error_threshold,
    status,
    usual,
    standing,
    action <> 'count' and standing in ('stop', 'near limit', 'new', 'worse') as needs_a_look
from compared
