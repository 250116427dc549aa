{#- Where a relation is built. On DuckDB gold and quality are built in the candidate file, which is
    published when everything has passed; elsewhere everything is in the target's catalog. -#}
{%- macro generate_database_name(custom_database_name=none, node=none) -%}
    {{- return(adapter.dispatch('generate_database_name')(custom_database_name, node)) -}}
{%- endmacro -%}

{%- macro default__generate_database_name(custom_database_name, node) -%}
    {{- return(custom_database_name or target.database) -}}
{%- endmacro -%}

{%- macro duckdb__generate_database_name(custom_database_name, node) -%}
    {%- set published = node is not none and node.config.get('schema') in ['gold', 'quality'] -%}
    {{- return('gold_next' if published else (custom_database_name or target.database)) -}}
{%- endmacro -%}
