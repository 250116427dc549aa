{#- One landing table, as text: every row of every file with where it came from. Columns and file
    pattern come from the source's declaration. The graph is empty while dbt parses. -#}
{%- macro land(landing_table) -%}
{%- if execute -%}
{%- set declaration = landing_declaration(landing_table) -%}
select
    {%- for column in declaration.columns.values() %}
    {{ column.name }},
    {%- endfor %}
    _source_file,
    _row_number,
    _file_modified_at,
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp) as _loaded_at
from (
    {{ read_landing(declaration) | indent(4) }}
) as landed
{%- endif -%}
{%- endmacro -%}

{%- macro landing_declaration(landing_table) -%}
    {%- for node in graph.sources.values() if node.name == landing_table.identifier -%}
        {{- return(node) -}}
    {%- endfor -%}
    {{- exceptions.raise_compiler_error(landing_table.identifier ~ " is not declared in models/bronze/_bronze__sources.yml") -}}
{%- endmacro -%}
