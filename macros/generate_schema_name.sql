{#- A schema per layer, called as the layer. On a shared warehouse the target's schema comes before it
    as a prefix (dev_ann_gold), unless it is the adapter's own default. -#}
{%- macro generate_schema_name(custom_schema_name, node) -%}
    {%- set layer = custom_schema_name or 'silver' -%}
    {#- A metric view is made after the publication, over what is published. -#}
    {%- set is_for_readers = node is not none and node.config.get('materialized') == 'metric_view' -%}
    {{- return(schema_prefix() ~ (layer if is_for_readers else candidate_schema(layer))) -}}
{%- endmacro -%}

{#- What comes before the names of the layers: nothing, or the target's schema and an underscore. -#}
{%- macro schema_prefix() -%}
    {{- return('' if target.schema in ['main', 'default'] else target.schema ~ '_') -}}
{%- endmacro -%}

{#- Layers that are built aside and published when everything has passed. -#}
{%- macro published_layers() -%}
    {{- return(['gold', 'quality']) -}}
{%- endmacro -%}
