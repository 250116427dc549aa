with

freshness as (select * from {{ ref('freshness_monitors') }}),

volumes as (select * from {{ ref('volume_monitors') }}),

shares as (select * from {{ ref('share_monitors') }}),

monitors as (

    select * from freshness
    union all
    select * from volumes
    union all
    select * from shares

)

select
    monitor,
    subject,
    source,
    measured_on,
    measured,
    usual,
    lowest,
    highest,
    past_values,
    status
from monitors
