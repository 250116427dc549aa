{#- After a bronze table was loaded: stops unless each new file is still what was listed, and the table holds
    as many of its rows as were counted without the CSV engine. -#}
{%- macro check_loaded_files() -%}
    {%- if execute and not flags.EMPTY -%}
        {%- set problems = adapter.dispatch('check_loaded_files')(landing_declaration(this.identifier)) -%}
        {%- if problems -%}
            {{- exceptions.raise_compiler_error(problems | join('\n')) -}}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro duckdb__check_loaded_files(declaration) -%}
    {%- set problems -%}
select problem from (
select source_file, coalesce(
    nullif(changed_file({{ sql_text(var('landing')) }}, '{{ declaration.name }}', source_file, is_new), ''),
    case
        when is_new and counted_rows <> loaded_rows then
            source_file || ': ' || counted_rows || ' rows were counted in the file and ' || loaded_rows
            || ' were loaded. Take the file out of the landing folder, or export it again.'
    end
) as problem
from (
    select
        files.*,
        {{ checksum_of('files.source_file') }} is not null as is_new,
        coalesce(loaded.row_count, 0) as loaded_rows
    from ({{ list_landing_files(declaration) }}) as files
    left join (
        select
            _source_file,
            count(*) as row_count
        from {{ this }}
        where _loaded_at = {{ loaded_at() }}
        group by _source_file
    ) as loaded
        on files.source_file = loaded._source_file
) as compared
) as checked
where problem is not null
order by source_file
    {%- endset -%}
    {{- return(run_query(problems).columns[0].values()) -}}
{%- endmacro -%}

{#- Rows are not counted here: the warehouse reads files with its CSV engine only. What was loaded of a file
    that changed is taken out again, because Databricks has no transaction around hooks. -#}
{%- macro databricks__check_loaded_files(declaration) -%}
    {%- set changed -%}
select distinct loaded._source_file
from {{ this }} as loaded
left join ({{ list_landing_files(declaration) }}) as files
    on loaded._source_file = files.source_file
        and loaded._file_modified_at = files.file_modified_at
        and loaded._file_size = files.file_size
where loaded._loaded_at = {{ loaded_at() }} and files.source_file is null
    {%- endset -%}
    {%- set names = run_query(changed).columns[0].values() -%}
    {%- if names -%}
        {%- do run_query('delete from ' ~ this ~ ' where _loaded_at = ' ~ loaded_at()) -%}
        {{- return(['Files changed during the run: ' ~ (names | join(', ')) ~ '. Run again when the program that writes them has finished.']) -}}
    {%- endif -%}
    {{- return([]) -}}
{%- endmacro -%}
