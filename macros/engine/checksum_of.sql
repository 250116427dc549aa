{#- The checksum of a file that this run has found to be new, by its path relative to the landing folder;
    NULL for any other. -#}
{%- macro checksum_of(source_file) -%}
    {{- adapter.dispatch('checksum_of')(source_file) -}}
{%- endmacro -%}

{%- macro duckdb__checksum_of(source_file) -%}
    getvariable('file_checksums')[{{ source_file }}]
{%- endmacro -%}

{%- macro databricks__checksum_of(source_file) -%}
    file_checksums[{{ source_file }}]
{%- endmacro -%}
