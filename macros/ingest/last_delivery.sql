{#- When the newest file of a source was changed, for `dbt source freshness`. Sources are parsed without
    what a query of theirs refers to, so the list of landed files is named, not referred to. -#}
{%- macro last_delivery(landing_table) -%}
    {%- if execute -%}
select max(file_modified_at) from {{ graph.nodes['model.sales_lakehouse.file_load_log'].relation_name }}
where landing_table = '{{ landing_table.identifier }}'
    {%- endif -%}
{%- endmacro -%}
