with

published as (select * from {{ ref('published_totals') }}),

declared as (
    {% for each in reconciled_measures() %}
    select
        '{{ each.source }}' as source,
        '{{ each.measure }}' as measure,
        {{ each.meta.get('has_versions', false) | lower }} as has_versions
    {{ 'union all' if not loop.last }}{% endfor %}

),

-- By what became of a row: what its file gives, and by how much validation changed it.
given as (

    select
        source,
        'rows' as measure,
        is_quarantined,
        is_superseded,
        cast(count(*) as decimal(24, 2)) as given,
        cast(0 as decimal(24, 2)) as changed
    from {{ ref('int_rows__validated') }}
    group by source, is_quarantined, is_superseded
    {%- for each in reconciled_measures() if each.measure != 'rows' %}
    union all
    select
        '{{ each.source }}' as source,
        '{{ each.measure }}' as measure,
        is_quarantined,
        is_superseded,
        cast(sum({{ each.measure }}_given) as decimal(24, 2)) as given,
        cast(sum({{ each.measure }} - coalesce({{ each.measure }}_given, 0)) as decimal(24, 2)) as changed
    from {{ ref(each.validated) }}
    group by is_quarantined, is_superseded
    {%- endfor %}

),

compared as (

    select
        declared.source,
        declared.measure,
        {%- for column, amount in {
            'landed': 'given.given',
            'duplicates': 'case when given.is_superseded and not declared.has_versions then given.given end',
            'superseded': 'case when given.is_superseded and declared.has_versions then given.given end',
            'quarantined': 'case when given.is_quarantined then given.given end',
            'corrected': 'case when not given.is_quarantined and not given.is_superseded then given.changed end',
        }.items() %}
        cast(coalesce(sum({{ amount }}), 0) as decimal(24, 2)) as {{ column }},
        {%- endfor %}
        cast(coalesce(max(published.published), 0) as decimal(24, 2)) as published,
        cast(coalesce(max(published.waiting), 0) as decimal(24, 2)) as waiting
    from declared
    left join given
        on declared.source = given.source
        and declared.measure = given.measure
    left join published
        on declared.source = published.source
        and declared.measure = published.measure
    group by declared.source, declared.measure

)

select
    source,
    measure,
    landed,
    duplicates,
    superseded,
    quarantined,
    corrected,
    published,
    cast(landed - duplicates - superseded - quarantined + corrected - waiting - published as decimal(24, 2)) as difference,
    waiting
from compared
