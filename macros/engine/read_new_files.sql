{#- The rows of a landing table's new files as text, with _source_file (relative to the landing folder),
    _row_number (the first row after the header is 1), _file_modified_at and _file_size. -#}
{%- macro read_new_files(declaration) -%}
    {{- adapter.dispatch('read_new_files')(declaration) -}}
{%- endmacro -%}

{#- The windows have no order but the file's: DuckDB computes them row by row while it reads, one file after
    the other, and keeps no row for them. The header is read like a row, number 0, and left out: DuckDB's
    own reading of headers is a second opinion on what a header is. -#}
{%- macro duckdb__read_new_files(declaration) -%}
select
    content.*,
    files.source_file as _source_file,
    files.file_modified_at as _file_modified_at,
    files.file_size as _file_size
from (
    select
        *,
        load_position - max(case when begins_file then load_position end) over (rows unbounded preceding) as _row_number
    from (
        select
            *,
            row_number() over () as load_position,
            filename is distinct from lag(filename) over () as begins_file
        from read_csv(
            getvariable('new_files'),
            columns = getvariable('file_columns'),
            max_line_size = getvariable('longest_line'),
            filename = true,
            {{ duckdb_csv_options() }}
        )
    ) as positions
) as content
inner join (
    {{ list_landing_files(declaration) | indent(4) }}
) as files
    on content.filename = files.filename
where content._row_number > 0
{%- endmacro -%}

{#- What orchestration/csv_file.py takes for CSV; a test compares the two on odd files. -#}
{%- macro duckdb_csv_options() -%}
auto_detect = false, header = false, hive_partitioning = false,
            delim = ',', quote = '"', escape = '"', strict_mode = true, null_padding = false
{%- endmacro -%}

{%- macro databricks__read_new_files(declaration) -%}
{%- set folder, file_name = declaration.config.meta.file_pattern.rsplit('/', 1) -%}
select
    *,
    {{ landing_path(folder) }} as _source_file,
    row_number() over (
        partition by _metadata.file_path
        order by _metadata.file_block_start, monotonically_increasing_id()
    ) as _row_number,
    date_trunc('second', _metadata.file_modification_time) as _file_modified_at,
    cast(_metadata.file_size as bigint) as _file_size
from read_files(
    '{{ escaped_text(var('landing')) }}/{{ folder }}',
    fileNamePattern => '{{ file_name }}',
    recursiveFileLookup => true,
    format => 'csv', header => true, mode => 'FAILFAST', enforceSchema => false,
    multiLine => true, quote => '"', escape => '"',
    schema => '{% for column in declaration.columns.values() %}{{ column.name }} string{{ ', ' if not loop.last }}{% endfor %}'
)
where array_contains(new_files, _metadata.file_path)
{%- endmacro -%}
