{#- A table of gold as its readers see it: the published one, not the candidate that is being built. -#}
{%- macro published(table) -%}
    {{- return(api.Relation.create(
        database=target.database, schema=schema_prefix() ~ 'gold', identifier=table
    )) -}}
{%- endmacro -%}
