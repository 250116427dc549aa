{#- One landing table, as text: every row of every file with where it came from. A file that has
    changed replaces its former rows; one that has not is not read again. Columns and file pattern
    come from the source's declaration, which is of files: nothing selects from it. -#}
{%- macro land(landing_table) -%}
{{- config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='_source_file',
    on_schema_change='fail',
    pre_hook=["{{ record_file_loads(missing=true) if is_incremental() }}", "{{ find_new_files() }}"],
    post_hook=["{{ check_loaded_files() }}", "{{ record_file_loads() }}", "{{ delete_emptied_files() }}"],
) -}}
-- depends_on: {{ ref('file_load_log') }}
{%- if execute %}
{%- set declaration = landing_declaration(landing_table.identifier) %}
{%- if declaration.name not in sources().values() | map(attribute='landed') %}
    {%- do exceptions.raise_compiler_error(declaration.name ~ " is not in macros/ingest/sources.sql, so its rows would be neither validated nor reconciled") %}
{%- endif %}
select
    {%- for column in declaration.columns.values() %}
    {{ column.name }},
    {%- endfor %}
    _source_file,
    cast(_row_number as bigint) as _row_number,
    _file_modified_at,
    _file_size,
    {{ loaded_at() }} as _loaded_at
from (
    {{ read_new_files(declaration) | indent(4) }}
) as landed
{%- endif -%}
{%- endmacro -%}
