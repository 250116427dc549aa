-- Created here, empty; validation adds to it.
{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail') }}

select
    cast(null as {{ dbt.type_string() }}) as order_number,
    cast(null as timestamp) as withdrawn_at
where 1 = 0
