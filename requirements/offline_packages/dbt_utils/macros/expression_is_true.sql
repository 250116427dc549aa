{#
    Asserts that the expression, put after column_name where there is one, is false for no row.
    A row for which it is NULL passes.
#}
{% test expression_is_true(model, expression, column_name=None) %}
    {% set condition = expression if column_name is none else column_name ~ " " ~ expression %}

    select *
    from {{ model }}
    where not ({{ condition }})
{% endtest %}
