-- Created here, empty; a publication adds to it.
{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail') }}

select
    cast(null as {{ dbt.type_string() }}) as run_id,
    cast(null as timestamp) as published_at,
    cast(null as timestamp) as validated_until,
    cast(null as {{ dbt.type_string() }}) as validated_by
where 1 = 0
