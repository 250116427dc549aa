{#- Before a bronze table is loaded: finds the files that are not in it in their present version,
    refuses those whose header is not the declared one, and remembers the rest for the model, which
    is static SQL. -#}
{%- macro find_new_files() -%}
    {%- if execute -%}
        {%- set declaration = landing_declaration(this.identifier) -%}
        {%- set known_files -%}
select source_file, file_modified_at, file_size, checksum, loaded_at
from (
    select
        source_file,
        file_modified_at,
        file_size,
        checksum,
        loaded_at,
        row_number() over (partition by source_file order by loaded_at desc) as recency
    from {{ ref('landed_files') }}
    where landing_table = '{{ this.identifier if is_incremental() else '' }}'
) as versions
where recency = 1
        {%- endset -%}
        {{- adapter.dispatch('find_new_files')(declaration, known_files) -}}
    {%- endif -%}
{%- endmacro -%}

{#- Stops when a file's columns are not the declared ones, in whatever order. -#}
{%- macro check_landing_header(declaration, file, header) -%}
    {%- set declared = declaration.columns.keys() | list -%}
    {%- set missing = declared | reject('in', header) | list -%}
    {%- set unexpected = header | reject('in', declared) | list -%}
    {%- if missing or unexpected or header | length != declared | length -%}
        {{- exceptions.raise_compiler_error(
            "The header of " ~ file ~ " is not the one of " ~ declaration.name ~ ". Missing: "
            ~ (missing | join(', ') or 'none') ~ ". Unexpected: " ~ (unexpected | join(', ') or 'none')
            ~ ". Put the header right, or change the declaration in models/bronze/_bronze__sources.yml."
        ) -}}
    {%- endif -%}
{%- endmacro -%}
