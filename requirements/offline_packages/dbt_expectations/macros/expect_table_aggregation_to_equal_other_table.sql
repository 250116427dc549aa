{#
    Asserts that an aggregate of the model equals that of compare_model, over the whole tables or
    for each group. What is not said of compare_model is as for the model. A group that one side
    lacks, and NULL, count as 0. tolerance is absolute; tolerance_percent, if any, replaces it: a
    share (0.01 is one percent) of the model's aggregate, beside which 0, NULL and less than 0
    always pass.
#}
{% test expect_table_aggregation_to_equal_other_table(
    model,
    expression,
    compare_model,
    compare_expression=None,
    group_by=None,
    compare_group_by=None,
    row_condition=None,
    compare_row_condition=None,
    tolerance=0.0,
    tolerance_percent=None
) %}
    {% set sides = [
        ("ours", model, expression, group_by, row_condition),
        (
            "theirs",
            compare_model,
            compare_expression or expression,
            compare_group_by or group_by,
            compare_row_condition or row_condition,
        ),
    ] %}
    {% set group_count = (group_by or []) | length %}

    with

    {% for name, relation, aggregate, groups, condition in sides %}
    {{ name }} as (

        select
            {% for group in groups or [] %}
            {{ group }} as group_{{ loop.index }},
            {% endfor %}
            {{ aggregate }} as aggregate
        from {{ relation }}
        {% if condition %}
        where {{ condition }}
        {% endif %}
        {% if groups %}
        group by {{ range(1, groups | length + 1) | join(", ") }}
        {% endif %}

    ),

    {% endfor %}
    compared as (

        select
            {% for i in range(1, group_count + 1) %}
            coalesce(ours.group_{{ i }}, theirs.group_{{ i }}) as group_{{ i }},
            {% endfor %}
            ours.aggregate,
            theirs.aggregate as compared_aggregate,
            abs(coalesce(ours.aggregate, 0) - coalesce(theirs.aggregate, 0)) as difference
        from ours
        {% if group_count %}
        full outer join theirs
            on
                {% for i in range(1, group_count + 1) %}
                {{ "and " if not loop.first }}ours.group_{{ i }} = theirs.group_{{ i }}
                {% endfor %}
        {% else %}
        cross join theirs
        {% endif %}

    )

    select *
    from compared
    {% if tolerance_percent %}
    where difference / nullif(aggregate, 0) > {{ tolerance_percent }}
    {% else %}
    where difference > {{ tolerance }}
    {% endif %}
{% endtest %}
