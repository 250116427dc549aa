{#- An array of rule violations from (condition, rule, column, before, after); those that do not apply are left out. -#}
{%- macro violation_list(rules) -%}
    {{- adapter.dispatch('violation_list')(rules) -}}
{%- endmacro -%}

{%- macro duckdb__violation_list(rules) -%}
list_filter([
    {%- for rule in rules %}
    case when {{ rule.id }} then {
        'rule_id': '{{ rule.id }}',
        'column_name': '{{ rule.column }}',
        'value_before': cast({{ rule.before }} as {{ dbt.type_string() }}),
        'value_after': cast({{ rule.after | default('null') }} as {{ dbt.type_string() }})
    } end{{ ',' if not loop.last }}
    {%- endfor %}
], lambda finding: finding is not null)
{%- endmacro -%}

{%- macro databricks__violation_list(rules) -%}
array_compact(array(
    {%- for rule in rules %}
    case when {{ rule.id }} then named_struct(
        'rule_id', '{{ rule.id }}',
        'column_name', '{{ rule.column }}',
        'value_before', cast({{ rule.before }} as {{ dbt.type_string() }}),
        'value_after', cast({{ rule.after | default('null') }} as {{ dbt.type_string() }})
    ) end{{ ',' if not loop.last }}
    {%- endfor %}
))
{%- endmacro -%}
