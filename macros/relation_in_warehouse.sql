{#- A model's relation if it is there. -#}
{%- macro relation_in_warehouse(name) -%}
    {%- if execute -%}
        {%- set node = graph.nodes['model.sales_lakehouse.' ~ name] -%}
        {{- return(adapter.get_relation(database=node.database, schema=node.schema, identifier=node.alias)) -}}
    {%- endif -%}
    {{- return(none) -}}
{%- endmacro -%}
