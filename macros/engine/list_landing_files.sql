{#- The files of a landing table as they are now: full path, path relative to the landing folder, size
    in bytes and modification time to the second. On Databricks no content is read, unless the checksum
    is asked for. -#}
{%- macro list_landing_files(declaration, checksum=false) -%}
    {{- adapter.dispatch('list_landing_files')(declaration, checksum) -}}
{%- endmacro -%}

{#- The list that the check made, or that the plug-in makes once for each build. Of files with the same
    content the one that counts is loaded, whichever came first; the others are copies. -#}
{%- macro duckdb__list_landing_files(declaration, checksum) -%}
select
    files.*,
    files.counted_rows > 0 and row_number() over (
        partition by files.checksum
        order by {{ file_day('files') }} desc, files._file_modified_at desc, files.source_file desc
    ) > 1 as is_copy
from (
    select
        listed.*,
        make_timestamp(listed.modified * 1000000) as file_modified_at,
        file_modified_at as _file_modified_at,
        source_file as _source_file
    from (
        select unnest(landing_files(
            {{ sql_text(var('landing')) }},
            {{ sql_text(declaration.name) }},
            {{ sql_text(declaration.config.meta.file_pattern) }},
            ['{{ declaration.columns.keys() | join("', '") }}']
        ), recursive := true)
    ) as listed
) as files
{%- endmacro -%}

{#- `path` is decoded and `_metadata.file_path` is encoded as in a URL, so both come from the latter. -#}
{%- macro databricks__list_landing_files(declaration, checksum) -%}
{%- set folder, file_name = declaration.config.meta.file_pattern.rsplit('/', 1) -%}
select
    _metadata.file_path as filename,
    {{ landing_path(folder) }} as source_file,
    date_trunc('second', _metadata.file_modification_time) as file_modified_at,
    cast(_metadata.file_size as bigint) as file_size
    {{- ', sha2(content, 256) as checksum' if checksum }}
from read_files(
    '{{ escaped_text(var('landing')) }}/{{ folder }}',
    format => 'binaryFile', fileNamePattern => '{{ file_name }}', recursiveFileLookup => true
)
{%- endmacro -%}

{#- The path of a file relative to the landing folder, decoded: a plus in it stands for itself. -#}
{%- macro landing_path(folder) -%}
'{{ folder }}/' || url_decode(replace(split_part(_metadata.file_path, '/{{ folder }}/', -1), '+', '%2B'))
{%- endmacro -%}

{#- A text as a literal of DuckDB. -#}
{%- macro sql_text(text) -%}
'{{ text | replace("'", "''") }}'
{%- endmacro -%}
