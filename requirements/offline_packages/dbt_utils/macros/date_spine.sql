{#
    A query with one row for each period from start_date on, as date_<datepart>; end_date itself
    is left out. Both dates are SQL expressions that stand on their own: the number of periods is
    asked of the database while the model is compiled.
#}
{% macro date_spine(datepart, start_date, end_date) %}
    {% set periods = 1 %}
    {% if execute %}
        {% set answer = run_query("select " ~ dbt.datediff(start_date, end_date, datepart)) %}
        {% set periods = answer.rows[0][0] %}
        {% if periods is none or periods < 1 %}
            {{ exceptions.raise_compiler_error(
                "date_spine: no " ~ datepart ~ " between " ~ start_date ~ " and " ~ end_date
            ) }}
        {% endif %}
    {% endif %}

    select {{ dbt.dateadd(datepart, "steps.step", start_date) }} as date_{{ datepart }}
    from ({{ adapter.dispatch("count_steps", "dbt_utils")(periods | int) }}) as steps
{% endmacro %}


{# The whole numbers from 0 to n - 1 as the column step. #}
{% macro duckdb__count_steps(n) %}select unnest(range({{ n }})) as step{% endmacro %}

{% macro spark__count_steps(n) %}select explode(sequence(0, {{ n - 1 }})) as step{% endmacro %}
