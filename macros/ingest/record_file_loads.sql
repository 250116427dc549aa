{#- Writes the versions of files that a bronze table holds into file_load_log: after a load
    those of this run; before the next load what is missing, in case the run before was cut off between the
    two. Of the list only the table's own part is read, so that loads side by side do not get in each
    other's way. -#}
{%- macro record_file_loads(missing=false) -%}
    {%- if execute -%}
insert into {{ ref('file_load_log') }}
select
    '{{ this.identifier }}' as landing_table,
    _source_file as source_file,
    _file_modified_at as file_modified_at,
    _file_size as file_size,
    count(*) as landed_rows,
    _loaded_at as loaded_at,
    {{ 'cast(null as ' ~ dbt.type_string() ~ ')' if missing else checksum_of('_source_file') }} as checksum
from {{ this }}
    {%- if missing %}
where _loaded_at > (
    select coalesce(max(loaded_at), cast('1970-01-01' as timestamp)) from {{ ref('file_load_log') }}
    where landing_table = '{{ this.identifier }}'
)
group by _source_file, _file_modified_at, _file_size, _loaded_at
    {%- else %}
where _loaded_at = {{ loaded_at() }} and {{ load_is_not_recorded() }}
group by _source_file, _file_modified_at, _file_size, _loaded_at
union all
{{ files_without_rows() }}
{{ files_taken_back() }}
    {%- endif %}
    {%- endif -%}
{%- endmacro -%}

{#- Whether this run's load of a bronze table is not in the list of landed files yet: a statement whose answer was lost
    is sent again although it has been done. -#}
{%- macro load_is_not_recorded() -%}
{{ loaded_at() }} not in (
    select loaded_at from {{ ref('file_load_log') }}
    where landing_table = '{{ this.identifier }}'
)
{%- endmacro -%}

{#- New versions of files that hold a header and nothing else. -#}
{%- macro files_without_rows() -%}
select
    '{{ this.identifier }}' as landing_table,
    files.source_file,
    files.file_modified_at,
    files.file_size,
    cast(0 as bigint) as landed_rows,
    {{ loaded_at() }} as loaded_at,
    {{ checksum_of('files.source_file') }} as checksum
from (
    {{ list_landing_files(landing_declaration(this.identifier)) | indent(4) }}
) as files
left join (
    select distinct _source_file from {{ this }}
    where _loaded_at = {{ loaded_at() }}
) as landed
    on files.source_file = landed._source_file
where
    landed._source_file is null
    and {{ checksum_of('files.source_file') }} is not null
    and {{ load_is_not_recorded() }}
{%- endmacro -%}

{#- The rows of files whose present version holds none: there was nothing to replace them with. -#}
{%- macro delete_emptied_files() -%}
    {%- if execute -%}
{%- set emptied -%}
    select source_file as _source_file from {{ ref('file_load_log') }}
    where landing_table = '{{ this.identifier }}' and landed_rows = 0 and loaded_at = {{ loaded_at() }}
{%- endset -%}
{{ delete_where_in(this, '_source_file', emptied) }}
    {%- endif -%}
{%- endmacro -%}
