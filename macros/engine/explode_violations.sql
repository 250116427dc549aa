{#- One row per finding of a validated relation: the columns asked for, and the finding's own four. -#}
{%- macro explode_violations(relation, columns) -%}
    {{- adapter.dispatch('explode_violations')(relation, columns) -}}
{%- endmacro -%}

{%- macro duckdb__explode_violations(relation, columns) -%}
select
    {{ columns | join(', ') }},
    violation.rule_id,
    violation.column_name,
    violation.value_before,
    violation.value_after
from (select {{ columns | join(', ') }}, unnest(violations) as violation from {{ relation }} where violations is not null) as exploded
{%- endmacro -%}

{%- macro databricks__explode_violations(relation, columns) -%}
select
    {{ columns | join(', ') }},
    violation.rule_id,
    violation.column_name,
    violation.value_before,
    violation.value_after
from {{ relation }}
lateral view explode(violations) exploded as violation
where violations is not null
{%- endmacro -%}
