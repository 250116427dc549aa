{#- A schema per layer, called as the layer. On a shared warehouse the target's schema comes before it
    as a prefix (dev_ann_gold), unless it is the adapter's own default. -#}
{%- macro generate_schema_name(custom_schema_name, node) -%}
    {{- return(schema_prefix() ~ candidate_schema(custom_schema_name or 'silver')) -}}
{%- endmacro -%}

{%- macro schema_prefix() -%}
    {{- return('' if target.schema in ['main', 'default'] else target.schema ~ '_') -}}
{%- endmacro -%}

{#- Layers that are built aside and published when everything has passed. -#}
{%- macro published_layers() -%}
    {{- return(['gold', 'quality']) -}}
{%- endmacro -%}
