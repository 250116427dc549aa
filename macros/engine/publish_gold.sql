{#- Puts the candidates in place of what is published. Runs after the last model of a build, so only
    when every model was built and every test before it has passed; `dbt run`, which tests nothing,
    publishes nothing. -#}
{%- macro publish_gold() -%}
    {%- if execute and flags.WHICH == 'build' -%}
        {%- do require_every_test() -%}
        {{- adapter.dispatch('publish_gold')() -}}
    {%- endif -%}
{%- endmacro -%}

{#- Refuses to publish when a data test of something in this build was left out of it, as with
    `--resource-type model` or DBT_RESOURCE_TYPES. -#}
{%- macro require_every_test() -%}
    {%- set left_out = [] -%}
    {%- for test in graph.nodes.values() if test.resource_type == 'test' and test.unique_id not in selected_resources -%}
        {%- if test.depends_on.nodes | select('in', selected_resources) | list -%}
            {%- do left_out.append(test.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if left_out and not var('publish_untested') -%}
        {%- do exceptions.raise_compiler_error(
            'Not published: ' ~ left_out | length ~ ' data tests were left out of this build, such as ' ~ left_out | sort | first
        ) -%}
    {%- endif -%}
{%- endmacro -%}

{#- One file is copied and renamed over the published one: all tables change in the same moment. -#}
{%- macro duckdb__publish_gold() -%}
    {%- set published = env_var('LAKEHOUSE_PUBLISHED', 'warehouse/published.duckdb') -%}
    checkpoint gold_next;
    select publish_file('{{ published }}.next', '{{ published }}')
{%- endmacro -%}

{#- What is published is a view of each candidate at the version that has passed, replaced one after the
    other, dimensions first: in between a fact never refers to a member that is not there. -#}
{%- macro databricks__publish_gold() -%}
    {%- for layer in published_layers() -%}
        {#- Asked first: creating takes a right that whoever runs the job need not have. -#}
        {%- set schema = schema_prefix() ~ layer -%}
        {%- if not adapter.check_schema_exists(target.database, schema) -%}
            {%- do run_query('create schema if not exists ' ~ target.database ~ '.' ~ schema) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set nodes = graph.nodes.values()
        | selectattr('resource_type', 'in', ['model', 'seed'])
        | selectattr('config.schema', 'in', published_layers())
        | rejectattr('config.materialized', 'in', ['metric_view', 'view'])
        | sort(attribute='name') | list -%}
    {%- for node in nodes -%}
        {%- do run_query(published_view(node)) -%}
    {%- endfor -%}
{%- endmacro -%}

{#- The statement that makes what readers see of a candidate: a view of it at the version it has now. -#}
{%- macro published_view(node) -%}
    {%- set candidate = api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias) -%}
    {%- set version = run_query('select max(version) from (describe history ' ~ candidate ~ ')').rows[0][0] -%}
create or replace view {{ target.database }}.{{ schema_prefix() ~ node.config.schema }}.{{ node.alias }} (
    {%- for column in node.columns.values() %}
    {{ column.name }} comment '{{ column.description | trim | replace("\\", "\\\\") | replace("'", "\\'") }}'{{ ',' if not loop.last }}
    {%- endfor %}
)
comment '{{ node.description | trim | replace("\\", "\\\\") | replace("'", "\\'") }}'
as select
    {%- for column in node.columns.values() %}
    {{ as_read_by_others(column) }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ candidate }} version as of {{ version }}
{%- endmacro -%}

{#- A column of a published view: what is personal is NULL for whoever is not in the group that may read it. -#}
{%- macro as_read_by_others(column) -%}
    {%- if is_personal(column) -%}
        case when is_account_group_member('{{ var("personal_data_readers") }}') then {{ column.name }} end as {{ column.name }}
    {%- else -%}
        {{ column.name }}
    {%- endif -%}
{%- endmacro -%}
