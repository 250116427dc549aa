{%- set columns = ['source', 'record_key', '_source_file', '_row_number', '_loaded_at', 'is_rejected', 'is_set_aside'] -%}

with

{% for source, model in judged_models().items() %}
{{ source }} as (

    select
        '{{ source }}' as source,
        record_key,
        _source_file,
        _row_number,
        _loaded_at,
        is_rejected,
        is_set_aside,
        issues
    from {{ ref(model) }}

),

{% endfor %}
exploded as (
    {% for source in judged_models() %}
    {{ explode_issues(source, columns) | indent(4) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

unknown_members as (
    {% for rule in rules_of_members() %}
    select
        '{{ rule.source }}' as source,
        judged.record_key,
        judged._source_file,
        judged._row_number,
        judged._loaded_at,
        judged.is_rejected,
        judged.is_set_aside,
        '{{ rule.id }}' as rule_id,
        '{{ rule.column }}' as column_name,
        cast(judged.{{ rule.column }} as {{ dbt.type_string() }}) as value_before,
        cast(judged.{{ rule.column }} as {{ dbt.type_string() }}) as value_after
    from {{ ref(judged_models()[rule.source]) }} as judged
    left join {{ ref(rule.dimension) }} as members
        on judged.{{ rule.column }} = members.{{ rule.column }}
        and not members.is_inferred
    where members.{{ rule.column }} is null and not judged.is_rejected
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select
    source,
    record_key,
    rule_id,
    column_name,
    value_before,
    value_after,
    _source_file as file,
    _row_number as row_number,
    is_rejected,
    is_set_aside,
    _loaded_at as loaded_at
from (
    select * from exploded
    union all
    select * from unknown_members
) as everything
