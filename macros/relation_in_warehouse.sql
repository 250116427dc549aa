{#- A model's relation if it is there; only where a build has been, or is, at work. -#}
{%- macro relation_in_warehouse(name) -%}
    {%- if execute and flags.WHICH == 'build' -%}
        {%- set node = graph.nodes['model.sales_lakehouse.' ~ name] -%}
        {{- return(adapter.get_relation(database=node.database, schema=node.schema, identifier=node.alias)) -}}
    {%- endif -%}
    {{- return(none) -}}
{%- endmacro -%}
