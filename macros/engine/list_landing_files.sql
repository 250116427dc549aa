{#- The files of a landing table as they are now: full path, path relative to the landing folder, and
    modification time. Reads no content. -#}
{%- macro list_landing_files(declaration) -%}
    {{- adapter.dispatch('list_landing_files')(declaration) -}}
{%- endmacro -%}

{%- macro duckdb__list_landing_files(declaration) -%}
{%- set folder, file_name = declaration.config.meta.file_pattern.rsplit('/', 1) -%}
select
    filename,
    substr(filename, length('{{ var('landing') }}') + 2) as source_file,
    cast(last_modified as timestamp) as file_modified_at
from read_blob('{{ var('landing') }}/{{ folder }}/**/{{ file_name }}')
{%- endmacro -%}
