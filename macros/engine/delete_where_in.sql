{#- Deletes the rows whose key is among those of a query. Databricks takes no subquery within a subquery
    in a DELETE; DuckDB's DELETE looks at fewer columns than its MERGE. -#}
{%- macro delete_where_in(relation, key, query) -%}
    {{- adapter.dispatch('delete_where_in')(relation, key, query) -}}
{%- endmacro -%}

{%- macro duckdb__delete_where_in(relation, key, query) -%}
delete from {{ relation }}
where {{ key }} in (
    {{ query }}
)
{%- endmacro -%}

{%- macro databricks__delete_where_in(relation, key, query) -%}
merge into {{ relation }} as kept
using (
    select distinct {{ key }}
    from (
        {{ query }}
    ) as found
) as deleted
    on kept.{{ key }} = deleted.{{ key }}
when matched then delete
{%- endmacro -%}
