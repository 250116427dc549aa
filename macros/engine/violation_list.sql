{#- An array of the rule violations that apply, from (column, value before, value after, rules). -#}
{%- macro violation_list(found) -%}
    {{- adapter.dispatch('violation_list')(found) -}}
{%- endmacro -%}

{%- macro duckdb__violation_list(found) -%}
list_filter([
    {%- for column, before, after, rules in found %}
    {%- set last_group = loop.last %}
    {%- for rule in rules %}
    case when {{ rule }} then {
        'rule_id': '{{ rule }}',
        'column_name': '{{ column }}',
        'value_before': cast({{ before }} as {{ dbt.type_string() }}),
        'value_after': cast({{ after or 'null' }} as {{ dbt.type_string() }})
    } end{{ ',' if not (last_group and loop.last) }}
    {%- endfor %}
    {%- endfor %}
], lambda violation: violation is not null)
{%- endmacro -%}

{%- macro databricks__violation_list(found) -%}
array_compact(array(
    {%- for column, before, after, rules in found %}
    {%- set last_group = loop.last %}
    {%- for rule in rules %}
    case when {{ rule }} then named_struct(
        'rule_id', '{{ rule }}',
        'column_name', '{{ column }}',
        'value_before', cast({{ before }} as {{ dbt.type_string() }}),
        'value_after', cast({{ after or 'null' }} as {{ dbt.type_string() }})
    ) end{{ ',' if not (last_group and loop.last) }}
    {%- endfor %}
    {%- endfor %}
))
{%- endmacro -%}
