{#- The files of a landing table as they are now: full path, path relative to the landing folder, size
    in bytes and modification time to the second. Reads no content, unless the checksum is asked for. -#}
{%- macro list_landing_files(declaration, checksum=false) -%}
    {{- adapter.dispatch('list_landing_files')(declaration, checksum) -}}
{%- endmacro -%}

{%- macro duckdb__list_landing_files(declaration, checksum) -%}
{%- set folder, file_name = declaration.config.meta.file_pattern.rsplit('/', 1) -%}
select
    filename,
    substr(filename, length('{{ var('landing') }}') + 2) as source_file,
    cast(date_trunc('second', last_modified) as timestamp) as file_modified_at,
    cast(size as bigint) as file_size
    {{- ', file_checksum(filename) as checksum' if checksum }}
from read_blob('{{ var('landing') }}/{{ folder }}/**/{{ file_name }}')
{%- endmacro -%}

{%- macro databricks__list_landing_files(declaration, checksum) -%}
{%- set folder, file_name = declaration.config.meta.file_pattern.rsplit('/', 1) -%}
select
    path as filename,
    '{{ folder }}/' || split_part(path, '/{{ folder }}/', -1) as source_file,
    date_trunc('second', modificationTime) as file_modified_at,
    cast(length as bigint) as file_size
    {{- ', sha2(content, 256) as checksum' if checksum }}
from read_files(
    '{{ var('landing') }}/{{ folder }}',
    format => 'binaryFile', fileNamePattern => '{{ file_name }}', recursiveFileLookup => true
)
{%- endmacro -%}
