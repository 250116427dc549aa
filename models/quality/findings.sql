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
from exploded
