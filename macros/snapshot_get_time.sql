{#- The time that snapshots write: the same in the whole run, on the day the run stands for. -#}
{%- macro snapshot_get_time() -%}
    cast('{{ today() }} {{ run_started_at.strftime("%H:%M:%S.%f") }}' as timestamp)
{%- endmacro -%}
