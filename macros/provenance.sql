{#- Where a row came from; every model up to the validated rows carries these. -#}
{%- macro provenance() -%}
    _source_file,
    _row_number,
    _file_modified_at,
    _loaded_at
{%- endmacro -%}

{#- The newest row first, by what the files are and not by when they were loaded: by the day in a file's
    name (sales_details_2026-11-23.csv), or else by the time it was last changed; then by place in it. -#}
{%- macro newest_first(relation) -%}
    {{ file_day(relation) }} desc, {{ relation }}._file_modified_at desc, {{ relation }}._source_file desc, {{ relation }}._row_number desc
{%- endmacro -%}
