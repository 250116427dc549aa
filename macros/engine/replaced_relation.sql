{% materialization table, adapter='duckdb' %}
    {{- return(replaced_relation('table')) -}}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {{- return(replaced_relation('view')) -}}
{% endmaterialization %}

{#- Tables and views on DuckDB: the old one is dropped and the new one created in one transaction, which readers
    see at once. The adapter's own way, a table beside it and two renames, costs as much as a small model. -#}
{%- macro replaced_relation(type) -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set replaced = this.incorporate(type=type) -%}
    {%- do run_hooks(pre_hooks, inside_transaction=False) -%}
    {%- do run_hooks(pre_hooks, inside_transaction=True) -%}
    {%- call statement('main') -%}
        {{- 'drop ' ~ existing.type ~ ' if exists ' ~ existing ~ ';' if existing -}}
        {{- create_table_as(False, replaced, compiled_code) if type == 'table' else create_view_as(replaced, compiled_code) -}}
    {%- endcall -%}
    {%- do persist_docs(replaced, model) -%}
    {%- do run_hooks(post_hooks, inside_transaction=True) -%}
    {%- do adapter.commit() -%}
    {%- do run_hooks(post_hooks, inside_transaction=False) -%}
    {{- return({'relations': [replaced]}) -}}
{%- endmacro -%}
