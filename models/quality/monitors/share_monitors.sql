with

history as (select * from {{ ref('rule_history') }}),

steps as (

    select
        rule_id,
        source,
        run_started_at,
        share,
        rows_validated - lag(rows_validated) over (partition by rule_id order by run_started_at) as new_rows,
        rows_touched - lag(rows_touched) over (partition by rule_id order by run_started_at) as newly_touched,
        row_number() over (partition by rule_id order by run_started_at desc) as recency
    from history

),

-- Among millions of old rows a bad day would not be seen, so it is measured by what it brought.
shares as (

    select
        rule_id,
        source,
        cast(run_started_at as date) as measured_on,
        case
            when new_rows >= {{ var('monitored_rows_at_least') }} and newly_touched >= 0
                then least(cast(newly_touched as double) / new_rows, 1)
            else cast(share as double)
        end as share,
        recency
    from steps

),

past as (

    select
        rule_id,
        count(*) as past_values,
        median(share) as usual
    from shares
    where recency between 2 and {{ var('monitored_past') }} + 1
    group by rule_id

),

compared as (

    select
        shares.rule_id,
        shares.source,
        shares.measured_on,
        shares.share,
        past.usual,
        greatest(past.usual * {{ var('share_growth') }}, {{ var('share_floor') }}) as highest,
        coalesce(past.past_values, 0) as past_values
    from shares
    left join past
        on shares.rule_id = past.rule_id
    where shares.recency = 1

)

select
    'share' as monitor,
    rule_id as subject,
    source,
    measured_on,
    share as measured,
    usual,
    cast(null as double) as lowest,
    highest,
    past_values,
    case
        when past_values < {{ var('monitored_past_at_least') }} then 'new'
        when share > highest then 'warn'
        else 'ok'
    end as status
from compared
