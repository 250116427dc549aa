{#- A whole number made from the values of all rows, whatever their order: another one when a row changes. Engines
    give different numbers. -#}
{%- macro checksum_of_rows(columns) -%}
    {{- adapter.dispatch('checksum_of_rows')(columns) -}}
{%- endmacro -%}

{%- macro duckdb__checksum_of_rows(columns) -%}
    bit_xor(hash({{ columns | join(', ') }}))
{%- endmacro -%}

{%- macro databricks__checksum_of_rows(columns) -%}
    bit_xor(xxhash64({{ columns | join(', ') }}))
{%- endmacro -%}
