{#- The database in which a relation is built: on DuckDB the candidates of gold and quality are in a
    file of their own. -#}
{%- macro generate_database_name(custom_database_name=none, node=none) -%}
    {{- return(adapter.dispatch('generate_database_name')(custom_database_name, node)) -}}
{%- endmacro -%}

{%- macro default__generate_database_name(custom_database_name, node) -%}
    {{- return(custom_database_name or target.database) -}}
{%- endmacro -%}

{%- macro duckdb__generate_database_name(custom_database_name, node) -%}
    {%- set is_candidate = node is not none and node.config.get('schema') in published_layers() -%}
    {{- return('gold_next' if is_candidate else (custom_database_name or target.database)) -}}
{%- endmacro -%}
