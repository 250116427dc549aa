{#- The time that snapshots write: the same in the whole run, on the day the run stands for. A run that stands for
    an earlier day than the one before writes right after what is there: no entry ends before it begins. -#}
{%- macro snapshot_get_time() -%}
    {%- set time = "cast('" ~ today() ~ ' ' ~ run_started_at.strftime('%H:%M:%S.%f') ~ "' as timestamp)" -%}
    {%- if this and load_cached_relation(this) -%}
greatest({{ time }}, (
    select coalesce({{ dbt.dateadd('microsecond', 1, 'max(greatest(dbt_valid_from, coalesce(dbt_valid_to, dbt_valid_from)))') }}, {{ time }})
    from {{ this }}
))
    {%- else -%}
{{ time }}
    {%- endif -%}
{%- endmacro -%}
