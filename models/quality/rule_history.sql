-- A run that finds what the one before it found adds nothing. The history outlives a full refresh.
{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false, on_schema_change='append_new_columns') }}

with

results as (select * from {{ ref('rule_results') }}),

{% if is_incremental() -%}
last_run as (

    select history.* from {{ this }} as history
    where history.run_started_at = (select max(earlier.run_started_at) from {{ this }} as earlier)

),

changes as (

    select
        rule_id,
        rows_validated,
        rows_touched,
        status
    from results
    except
    select
        rule_id,
        rows_validated,
        rows_touched,
        status
    from last_run

),
{%- else -%}
changes as (select 1 as change),
{%- endif %}

changed as (

    select count(*) as change_count from changes

)

select
    cast('{{ invocation_id }}' as {{ dbt.type_string() }}) as run_id,
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp) as run_started_at,
    results.rule_id,
    results.source,
    results.rows_validated,
    results.rows_touched,
    results.share,
    results.status
from results
cross join changed
where changed.change_count > 0
