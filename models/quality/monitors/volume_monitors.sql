with

file_load_log as (select * from {{ ref('file_load_log') }}),

sources as ({{ landing_sources() }}),

files as (

    select
        sources.source,
        file_load_log.source_file as _source_file,
        file_load_log.file_modified_at as _file_modified_at,
        file_load_log.landed_rows,
        file_load_log.loaded_at
    from file_load_log
    inner join sources
        on file_load_log.landing_table = sources.landing_table

),

-- A file corrected on its day counts once, in the version that came last.
versions as (

    select
        source,
        {{ file_day('files') }} as file_day,
        landed_rows,
        row_number() over (
            partition by source, _source_file, {{ file_day('files') }}
            order by loaded_at desc
        ) as recency
    from files

),

days as (

    select
        source,
        file_day,
        cast(sum(landed_rows) as double) as row_count,
        max(file_day) over (partition by source) as newest_day
    from versions
    where recency = 1
    group by source, file_day

),

past as (

    select
        source,
        count(*) as past_values,
        median(row_count) as usual
    from days
    where {{ dbt.datediff('file_day', 'newest_day', 'day') }} in ({{ range(7, 7 * var('monitored_past') + 1, 7) | join(', ') }})
    group by source

)

select
    'volume' as monitor,
    days.source as subject,
    days.source,
    days.file_day as measured_on,
    days.row_count as measured,
    past.usual,
    past.usual * (1 - {{ var('volume_deviation') }}) as lowest,
    past.usual * (1 + {{ var('volume_deviation') }}) as highest,
    coalesce(past.past_values, 0) as past_values,
    case
        when coalesce(past.past_values, 0) < {{ var('monitored_past_at_least') }} then 'new'
        when abs(days.row_count - past.usual) > past.usual * {{ var('volume_deviation') }} then 'warn'
        else 'ok'
    end as status
from days
left join past
    on days.source = past.source
where days.file_day = days.newest_day
