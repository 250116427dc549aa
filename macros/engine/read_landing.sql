{#- The rows of a landing table's files as text, read by name, plus _source_file (relative to the
    landing folder), _row_number (the first row after the header is 1) and _file_modified_at. -#}
{%- macro read_landing(declaration) -%}
    {%- set folder, file_name = declaration.config.meta.file_pattern.rsplit('/', 1) -%}
    {{- adapter.dispatch('read_landing')(declaration, folder, file_name) -}}
{%- endmacro -%}

{%- macro duckdb__read_landing(declaration, folder, file_name) -%}
{%- set files = "'" ~ var('landing') ~ '/' ~ folder ~ '/**/' ~ file_name ~ "'" -%}
select
    content.*,
    substr(content.filename, length('{{ var('landing') }}') + 2) as _source_file,
    content.load_position - min(content.load_position) over (partition by content.filename) + 1 as _row_number,
    cast(files.last_modified as timestamp) as _file_modified_at
from (
    select *, row_number() over () as load_position
    from read_csv(
        {{ files }},
        delim = ',', quote = '"', escape = '"',
        header = true, all_varchar = true, union_by_name = true, filename = true,
        strict_mode = true, null_padding = false
    )
) as content
inner join (select filename, last_modified from read_blob({{ files }})) as files
    on content.filename = files.filename
{%- endmacro -%}

{%- macro databricks__read_landing(declaration, folder, file_name) -%}
select
    {%- for column in declaration.columns.values() %}
    {{ column.name }},
    {%- endfor %}
    '{{ folder }}/' || split_part(_metadata.file_path, '/{{ folder }}/', -1) as _source_file,
    row_number() over (
        partition by _metadata.file_path
        order by _metadata.file_block_start, monotonically_increasing_id()
    ) as _row_number,
    _metadata.file_modification_time as _file_modified_at
from read_files(
    '{{ var('landing') }}/{{ folder }}',
    fileNamePattern => '{{ file_name }}',
    recursiveFileLookup => true,
    format => 'csv', header => true, mode => 'FAILFAST', enforceSchema => false,
    multiLine => true, quote => '"', escape => '"',
    schema => '{% for column in declaration.columns.values() %}{{ column.name }} string{{ ', ' if not loop.last }}{% endfor %}'
)
{%- endmacro -%}
