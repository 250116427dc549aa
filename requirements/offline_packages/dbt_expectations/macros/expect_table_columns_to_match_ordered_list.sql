{#
    Asserts that the table has these columns, in this order and no others. Names are compared
    after the Jinja filter named by transform. A failing row is a column that stands at its
    position on one side only.
#}
{% test expect_table_columns_to_match_ordered_list(model, column_list, transform="upper") %}
    {% if execute %}
        {% set found = adapter.get_columns_in_relation(model) | map(attribute="name")
            | map(transform) | list %}
        {% set expected = column_list | map(transform) | list %}
        {% if not found or not expected %}
            {{ exceptions.raise_compiler_error(
                "expect_table_columns_to_match_ordered_list: "
                ~ ("column_list is empty" if found else model ~ " has no columns: is it built?")
            ) }}
        {% endif %}

        {% set strays = [] %}
        {% for side, names, others in [("table", found, expected), ("list", expected, found)] %}
            {% for name in names %}
                {% if loop.index > others | length or name != others[loop.index0] %}
                    {% do strays.append((side, loop.index, name)) %}
                {% endif %}
            {% endfor %}
        {% endfor %}

        {% for side, position, name in strays %}
    select
        '{{ side }}' as found_in,
        {{ position }} as position,
        '{{ dbt.escape_single_quotes(name) }}' as column_name
    {{ "union all" if not loop.last }}
        {% else %}
    select 1 as position
    where 1 = 0
        {% endfor %}
    {% endif %}
{% endtest %}
