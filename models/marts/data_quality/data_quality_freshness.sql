with

file_load_log as (select * from {{ ref('file_load_log') }}),

sources as ({{ landing_sources() }}),

-- Each file in its present version, the newest file of each table first.
versions as (

    select
        landing_table,
        source_file,
        file_modified_at,
        landed_rows,
        row_number() over (partition by landing_table, source_file order by loaded_at desc) as recency
    from file_load_log

),

files as (

    select
        landing_table,
        source_file,
        file_modified_at,
        landed_rows,
        row_number() over (partition by landing_table order by file_modified_at desc, source_file desc) as newness
    from versions
    where recency = 1

)

select
    sources.source,
    count(files.source_file) as files,
    cast(coalesce(sum(files.landed_rows), 0) as bigint) as rows_landed,
    max(case when files.newness = 1 then files.source_file end) as newest_file,
    max(files.file_modified_at) as delivered_at
from sources
left join files
    on sources.landing_table = files.landing_table
group by sources.source
