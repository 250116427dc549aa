{# Asserts that no combination of these columns occurs twice; NULL counts as a value. #}
{% test unique_combination_of_columns(model, combination_of_columns, quote_columns=false) %}
    {% set key_columns = [] %}
    {% for name in combination_of_columns %}
        {% do key_columns.append(adapter.quote(name) if quote_columns else name) %}
    {% endfor %}
    {% set key = key_columns | join(", ") %}

    select {{ key }}, count(*) as occurrences
    from {{ model }}
    group by {{ key }}
    having count(*) > 1
{% endtest %}
