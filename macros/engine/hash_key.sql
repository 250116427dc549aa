{#- A whole number made from a natural key: the first 60 bits of its md5, the same on every engine. -#}
{%- macro hash_key(text) -%}
    {{- adapter.dispatch('hash_key')(text) -}}
{%- endmacro -%}

{%- macro duckdb__hash_key(text) -%}
    cast('0x' || substr(md5({{ text }}), 1, 15) as bigint)
{%- endmacro -%}

{%- macro databricks__hash_key(text) -%}
    cast(conv(substr(md5({{ text }}), 1, 15), 16, 10) as bigint)
{%- endmacro -%}
