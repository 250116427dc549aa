-- The rows validated unusable, the rows that a quarantine rule found something in, and the rows in
-- quarantine are the same rows.
with

validated as (

    select
        source,
        _source_file as file,
        _row_number as row_number
    from {{ ref('int_rows__validated') }}
    where is_quarantined

),

rules as (

    select * from {{ ref('data_quality_rules') }}
    where action = 'quarantine'

),

rule_violations as (select * from {{ ref('rule_violations') }}),

found as (

    select distinct
        rule_violations.source,
        rule_violations.file,
        rule_violations.row_number
    from rule_violations
    inner join rules
        on rule_violations.rule_id = rules.rule_id

),

quarantined as (

    select
        source,
        file,
        row_number
    from {{ ref('quarantine') }}

),

seen as (

    select
        *,
        'validated' as seen_as
    from validated
    union all
    select
        *,
        'found' as seen_as
    from found
    union all
    select
        *,
        'quarantined' as seen_as
    from quarantined

)

select
    source,
    file,
    row_number,
    count(*) as times_seen
from seen
group by source, file, row_number
having count(*) <> 3 or count(distinct seen_as) <> 3
