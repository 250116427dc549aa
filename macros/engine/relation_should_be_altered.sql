{#- Whether the adapter changes a metric view instead of creating it again, which would take away what was granted on
    it. The adapter asks for a key `view_update_via_alter` in the model's configuration, which dbt deprecates. -#}
{%- macro relation_should_be_altered(existing_relation, target_relation) -%}
    {{- return(existing_relation.type == target_relation.type and not should_full_refresh()) -}}
{%- endmacro -%}
