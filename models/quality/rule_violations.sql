{%- set columns = ['source', 'record_key', '_source_file', '_row_number', '_loaded_at', 'is_quarantined', 'is_superseded'] -%}

with

{% for source, model in validated_models().items() %}
{{ source }} as (

    select
        '{{ source }}' as source,
        record_key,
        _source_file,
        _row_number,
        _loaded_at,
        is_quarantined,
        is_superseded,
        violations
    from {{ ref(model) }}

),

{% endfor %}
exploded as (
    {% for source in validated_models() %}
    {{ explode_violations(source, columns) | indent(4) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

unknown_members as (
    {% for rule in rules_of_members() %}
    select
        '{{ rule.source }}' as source,
        validated.record_key,
        validated._source_file,
        validated._row_number,
        validated._loaded_at,
        validated.is_quarantined,
        validated.is_superseded,
        '{{ rule.id }}' as rule_id,
        '{{ rule.column }}' as column_name,
        cast(validated.{{ rule.column }} as {{ dbt.type_string() }}) as value_before,
        cast(validated.{{ rule.column }} as {{ dbt.type_string() }}) as value_after
    from {{ ref(validated_models()[rule.source]) }} as validated
    left join {{ ref(rule.dimension) }} as members
        on validated.{{ rule.column }} = members.{{ rule.column }}
        and not members.is_inferred
    where members.{{ rule.column }} is null and not validated.is_quarantined
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
    is_quarantined,
    is_superseded,
    _loaded_at as loaded_at
from (
    select * from exploded
    union all
    select * from unknown_members
) as everything
