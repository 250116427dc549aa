{#- Loads a seed on DuckDB as dbt-duckdb does, from a folder that may hold an apostrophe or a pattern's brackets. -#}
{%- macro duckdb__load_csv_rows(model, agate_table) -%}
{%- set path = adapter.get_seed_file_path(model) | string | replace('[', '[[]') | replace('*', '[*]') | replace('?', '[?]') -%}
{%- set sql -%}
copy {{ this.render() }} from '{{ path | replace("'", "''") }}' (format csv, header true)
{%- endset -%}
{%- do adapter.add_query(sql, abridge_sql_log=True) -%}
{{- return(sql) -}}
{%- endmacro -%}
