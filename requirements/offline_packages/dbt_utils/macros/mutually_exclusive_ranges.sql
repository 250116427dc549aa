{#
    Asserts that within a partition no range is NULL-bounded, empty or backwards, and that each
    ends before the next begins. gaps: 'allowed', 'not_allowed' (each ends where the next begins)
    or 'required'. Ranges of no length only with zero_length_range_allowed.
#}
{% test mutually_exclusive_ranges(
    model,
    lower_bound_column,
    upper_bound_column,
    partition_by=None,
    gaps="allowed",
    zero_length_range_allowed=False
) %}
    {% set clash = {"allowed": ">", "not_allowed": "<>", "required": ">="} %}
    {% if gaps not in clash %}
        {{ exceptions.raise_compiler_error(
            "mutually_exclusive_ranges: gaps is one of " ~ clash.keys() | join(", ")
            ~ ", not '" ~ gaps ~ "'"
        ) }}
    {% endif %}
    {% set forward = "<=" if zero_length_range_allowed else "<" %}

    with

    ranges as (

        select
            {% if partition_by %}
            {{ partition_by }} as partition_key,
            {% endif %}
            {{ lower_bound_column }} as lower_bound,
            {{ upper_bound_column }} as upper_bound,
            lead({{ lower_bound_column }}) over (
                {% if partition_by %}
                partition by {{ partition_by }}
                {% endif %}
                order by
                    {{ lower_bound_column }} nulls last,
                    {{ upper_bound_column }} nulls last
            ) as next_lower_bound
        from {{ model }}

    )

    select *
    from ranges
    where
        not coalesce(lower_bound {{ forward }} upper_bound, false)
        or upper_bound {{ clash[gaps] }} next_lower_bound
{% endtest %}
