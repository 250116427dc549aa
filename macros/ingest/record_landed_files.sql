{#- Writes the versions of files that a bronze table holds into the list of landed files: after a load
    those of this run, without reading the list, so that loads side by side do not get in each other's
    way; before the next load what is missing, in case the run before was cut off between the two. -#}
{%- macro record_landed_files(missing=false) -%}
    {%- if execute -%}
insert into {{ ref('landed_files') }}
select
    '{{ this.identifier }}' as landing_table,
    _source_file as source_file,
    _file_modified_at as file_modified_at,
    _file_size as file_size,
    count(*) as landed_rows,
    _loaded_at as loaded_at
from {{ this }}
    {%- if missing %}
where _loaded_at > (
    select coalesce(max(loaded_at), cast('1970-01-01' as timestamp)) from {{ ref('landed_files') }}
    where landing_table = '{{ this.identifier }}'
)
    {%- else %}
where _loaded_at = {{ loaded_at() }}
    {%- endif %}
group by _source_file, _file_modified_at, _file_size, _loaded_at
    {%- endif -%}
{%- endmacro -%}

{#- The moment a row counts as loaded: the start of the run. -#}
{%- macro loaded_at() -%}
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as timestamp)
{%- endmacro -%}
