{#- Before a bronze table is loaded: finds the files that are not in it in their present version and
    remembers them for the model, which is static SQL. -#}
{%- macro find_new_files() -%}
    {%- if execute -%}
        {%- set declaration = landing_declaration(this.identifier) -%}
        {%- set known_files -%}
select source_file, file_modified_at, file_size, checksum, landed_rows, loaded_at
from (
    select
        source_file,
        file_modified_at,
        file_size,
        checksum,
        landed_rows,
        loaded_at,
        row_number() over (partition by source_file order by loaded_at desc) as recency
    from {{ ref('file_load_log') }}
    where landing_table = '{{ this.identifier if is_incremental() else '' }}'
) as versions
where recency = 1
        {%- endset -%}
        {{- adapter.dispatch('find_new_files')(declaration, known_files) -}}
    {%- endif -%}
{%- endmacro -%}
