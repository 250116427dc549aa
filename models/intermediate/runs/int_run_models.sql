-- Created here, empty; a run adds to it when it ends (macros/runs).
{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false, on_schema_change='append_new_columns') }}

select
    cast(null as {{ dbt.type_string() }}) as run_id,
    cast(null as timestamp) as started_at,
    cast(null as {{ dbt.type_string() }}) as model,
    cast(null as {{ dbt.type_string() }}) as layer,
    cast(null as {{ dbt.type_string() }}) as status,
    cast(null as double) as seconds
where 1 = 0
