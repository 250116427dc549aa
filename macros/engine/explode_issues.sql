{#- One row per finding of a judged relation: the columns asked for, and the finding's own four. -#}
{%- macro explode_issues(relation, columns) -%}
    {{- adapter.dispatch('explode_issues')(relation, columns) -}}
{%- endmacro -%}

{%- macro duckdb__explode_issues(relation, columns) -%}
select
    {{ columns | join(', ') }},
    issue.rule_id,
    issue.column_name,
    issue.value_before,
    issue.value_after
from (select {{ columns | join(', ') }}, unnest(issues) as issue from {{ relation }} where issues is not null) as exploded
{%- endmacro -%}

{%- macro databricks__explode_issues(relation, columns) -%}
select
    {{ columns | join(', ') }},
    issue.rule_id,
    issue.column_name,
    issue.value_before,
    issue.value_after
from {{ relation }}
lateral view explode(issues) exploded as issue
where issues is not null
{%- endmacro -%}
