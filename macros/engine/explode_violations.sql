{#- One row per rule violation of a validated relation: the columns asked for, and the violation's own four. -#}
{%- macro explode_violations(relation, columns) -%}
select
    {{ columns | join(', ') }},
    violation.rule_id,
    violation.column_name,
    violation.value_before,
    violation.value_after
from {{ adapter.dispatch('exploded_violations')(relation, columns) }}
{%- endmacro -%}

{%- macro duckdb__exploded_violations(relation, columns) -%}
(select {{ columns | join(', ') }}, unnest(violations) as violation from {{ relation }} where violations is not null) as exploded
{%- endmacro -%}

{%- macro databricks__exploded_violations(relation, columns) -%}
{{ relation }}
lateral view explode(violations) exploded as violation
where violations is not null
{%- endmacro -%}
