{#- Where a row came from; every model up to the judged rows carries these. -#}
{%- macro provenance() -%}
    _source_file,
    _row_number,
    _file_modified_at,
    _loaded_at
{%- endmacro -%}

{#- The newest row first: by file, then by place in the file. -#}
{%- macro newest_first(relation) -%}
    {{ relation }}._file_modified_at desc, {{ relation }}._source_file desc, {{ relation }}._row_number desc
{%- endmacro -%}
