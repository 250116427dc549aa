{#- A schema per layer, called as the layer. On a shared warehouse the target's schema comes before it
    as a prefix (dev_ann_gold), unless it is the adapter's own default. -#}
{%- macro generate_schema_name(custom_schema_name, node) -%}
    {%- set prefix = '' if target.schema in ['main', 'default'] else target.schema ~ '_' -%}
    {{- prefix ~ (custom_schema_name or 'silver') | trim -}}
{%- endmacro -%}
