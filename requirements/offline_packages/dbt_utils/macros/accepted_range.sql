{#
    Asserts that no value lies below min_value or above max_value (or on one of them, unless
    inclusive). A bound may be any SQL expression; NULL passes.
#}
{% test accepted_range(model, column_name, min_value=none, max_value=none, inclusive=true) %}
    {% set or_equal = "" if inclusive else "=" %}

    select *
    from {{ model }}
    where
        1 = 0
        {% if min_value is not none %}
        or {{ column_name }} <{{ or_equal }} {{ min_value }}
        {% endif %}
        {% if max_value is not none %}
        or {{ column_name }} >{{ or_equal }} {{ max_value }}
        {% endif %}
{% endtest %}
