{#- Writes the versions of files that a bronze table holds into the list of landed files, unless they
    are in it. Runs after a load, and before the next one in case the one before was cut off between. -#}
{%- macro record_landed_files() -%}
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
where _loaded_at > (
    select coalesce(max(loaded_at), cast('1970-01-01' as timestamp)) from {{ ref('landed_files') }}
    where landing_table = '{{ this.identifier }}'
)
group by _source_file, _file_modified_at, _file_size, _loaded_at
    {%- endif -%}
{%- endmacro -%}
