{#
    Asserts that the regular expression is found in each value where row_condition holds; anchor
    it with ^ and $. NULL passes. Write [0-9] rather than a backslash class: Spark takes the
    backslash away.
#}
{% test expect_column_values_to_match_regex(
    model, column_name, regex, row_condition=None, is_raw=False, flags=""
) %}
    {% set matches = adapter.dispatch("matches_regex", "dbt_expectations") %}

    select {{ column_name }} as unmatched
    from {{ model }}
    where
        not ({{ matches(column_name, regex, is_raw, flags) }})
        {% if row_condition %}
        and ({{ row_condition }})
        {% endif %}
{% endtest %}


{% macro duckdb__matches_regex(value, regex, is_raw, flags) -%}
    regexp_matches({{ value }}, '{{ regex }}', '{{ flags }}')
{%- endmacro %}


{# A match of no characters is none here; flags and is_raw are beyond this engine. #}
{% macro spark__matches_regex(value, regex, is_raw, flags) -%}
    {% if is_raw or flags %}
        {% do exceptions.warn("expect_column_values_to_match_regex: flags, is_raw are ignored") %}
    {% endif %}
    length(regexp_extract({{ value }}, '{{ regex }}', 0)) > 0
{%- endmacro %}
