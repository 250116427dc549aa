-- A row when a run begins, and one when it ends (macros/runs): the first alone is a run that was cut off.
{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false, on_schema_change='append_new_columns') }}

select
    cast('{{ invocation_id }}' as {{ dbt.type_string() }}) as run_id,
    {{ loaded_at() }} as started_at,
    cast(null as timestamp) as ended_at,
    cast(null as {{ dbt.type_string() }}) as project_version,
    cast(null as {{ dbt.type_string() }}) as result,
    cast(null as {{ dbt.type_string() }}) as failed,
    cast(null as bigint) as models,
    cast(null as bigint) as tests,
    cast(null as bigint) as files,
    cast(null as bigint) as bronze_rows,
    cast(null as bigint) as silver_rows,
    cast(null as bigint) as gold_rows,
    cast(null as bigint) as rule_violations
