-- Each version of each file that was taken in. Created here, empty; the bronze models add to it.
-- A partition for each table, so that Delta can tell that two loads do not concern each other.
{{ config(materialized='incremental', incremental_strategy='append', partition_by='landing_table', on_schema_change='append_new_columns') }}

select
    cast(null as {{ dbt.type_string() }}) as landing_table,
    cast(null as {{ dbt.type_string() }}) as source_file,
    cast(null as timestamp) as file_modified_at,
    cast(null as bigint) as file_size,
    cast(null as bigint) as landed_rows,
    cast(null as timestamp) as loaded_at,
    cast(null as {{ dbt.type_string() }}) as checksum
where 1 = 0
