-- The rows judged unusable, the rows that a quarantine rule found something in, and the rows in
-- quarantine are the same rows.
with

judged as (
    {% for source, model in judged_models().items() %}
    select
        '{{ source }}' as source,
        _source_file as file,
        _row_number as row_number
    from {{ ref(model) }}
    where is_rejected
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

rules as (

    select * from {{ ref('data_quality_rules') }}
    where action = 'quarantine'

),

findings as (select * from {{ ref('findings') }}),

found as (

    select distinct
        findings.source,
        findings.file,
        findings.row_number
    from findings
    inner join rules
        on findings.rule_id = rules.rule_id

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
        'judged' as seen_as
    from judged
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
