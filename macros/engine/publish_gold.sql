{#- Puts the candidates in place of what is published, and writes that down.
    publication: what there is to write, as in macros/audit. -#}
{%- macro publish_gold(publication) -%}
    {{- adapter.dispatch('publish_gold')(publication) -}}
{%- endmacro -%}

{#- A copy of one file is renamed over the published one: all tables change in the same moment. The copy says already
    that it is published; the candidate does so afterwards. -#}
{%- macro duckdb__publish_gold(publication) -%}
    {%- set published = env_var('LAKEHOUSE_PUBLISHED', 'warehouse/published.duckdb') | replace("'", "''") -%}
    {%- do run_query('checkpoint gold_next') -%}
    {%- do run_query("select copy_database('" ~ published ~ ".next', '" ~ published ~ ".copy')") -%}
    {%- do run_query("attach '" ~ published ~ ".copy' as published_next") -%}
    {%- do record_publication(publication, 'published_next') -%}
    {%- do run_query('detach published_next') -%}
    {%- do run_query("select publish_file('" ~ published ~ ".copy', '" ~ published ~ "')") -%}
    {%- do record_publication(publication) -%}
{%- endmacro -%}

{#- What is published is a view of each candidate at the version that has passed, replaced one after the
    other, dimensions first: in between a fact never refers to a member that is not there. -#}
{%- macro databricks__publish_gold(publication) -%}
    {%- for layer in published_layers() -%}
        {#- Asked first: creating takes a right that whoever runs the job need not have. -#}
        {%- set schema = schema_prefix() ~ layer -%}
        {%- if not adapter.check_schema_exists(target.database, schema) -%}
            {%- do run_query('create schema if not exists ' ~ target.database ~ '.' ~ schema) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set granted = views_with_grants() -%}
    {%- for node in published_nodes() -%}
        {%- do publish_view(node, granted) -%}
    {%- endfor -%}
    {%- do record_publication(publication) -%}
    {%- for declaration in audit_declarations() -%}
        {%- do publish_view(declaration, granted) -%}
    {%- endfor -%}
{%- endmacro -%}

{#- What is published as a view of a candidate, dimensions first. -#}
{%- macro published_nodes() -%}
    {{- return(graph.nodes.values()
        | selectattr('resource_type', 'in', ['model', 'seed'])
        | selectattr('config.schema', 'in', published_layers())
        | rejectattr('config.materialized', 'in', ['metric_view', 'view'])
        | sort(attribute='name') | list) -}}
{%- endmacro -%}

{#- Points a published view at its candidate's present version. -#}
{%- macro publish_view(node, granted) -%}
    {%- if view_of(node) | lower in granted -%}
        {%- for statement in altered_view(node) -%}
            {%- do run_query(statement) -%}
        {%- endfor -%}
    {%- else -%}
        {%- do run_query(created_view(node)) -%}
    {%- endif -%}
{%- endmacro -%}

{#- The published views to which somebody was given rights of their own, as schema.view. -#}
{%- macro views_with_grants() -%}
    {%- set query -%}
select distinct lower(table_schema || '.' || table_name)
from {{ target.database }}.information_schema.table_privileges
where table_schema in ({{ published_schemas() }}) and inherited_from = 'NONE'
    {%- endset -%}
    {{- return(run_query(query).columns[0].values() | list) -}}
{%- endmacro -%}

{#- The schemas of the published views, as a list of texts. -#}
{%- macro published_schemas() -%}
    {%- for layer in published_layers() -%}
'{{ schema_prefix() ~ layer }}'{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro -%}

{#- The statement that makes a published view. It takes away what was granted on the view itself. -#}
{%- macro created_view(node) -%}
create or replace view {{ published_name(node) }} (
    {%- for column in node.columns.values() %}
    {{ column.name }} comment '{{ escaped_text(column.description) }}'{{ ',' if not loop.last }}
    {%- endfor %}
)
comment '{{ escaped_text(node.description) }}'
as {{ published_select(node) }}
{%- endmacro -%}

{#- The statements that change a published view and keep its grants. Changing it takes away the comments of
    its columns, and a view has no statement for several of them. -#}
{%- macro altered_view(node) -%}
    {%- set statements = ['alter view ' ~ published_name(node) ~ ' as ' ~ published_select(node)] -%}
    {%- for column in node.columns.values() -%}
        {%- do statements.append(
            'comment on column ' ~ published_name(node) ~ '.' ~ column.name ~ " is '" ~ escaped_text(column.description) ~ "'"
        ) -%}
    {%- endfor -%}
    {{- return(statements) -}}
{%- endmacro -%}

{#- The published view of a candidate or an audit table, as schema.view. -#}
{%- macro view_of(node) -%}
{{ schema_prefix() ~ (node.config.schema or 'quality') }}.{{ node.alias or node.identifier }}
{%- endmacro -%}

{#- What readers call a published view. -#}
{%- macro published_name(node) -%}
{{ target.database }}.{{ view_of(node) }}
{%- endmacro -%}

{#- The table behind a published view. -#}
{%- macro candidate_of(node) -%}
    {{- return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias or node.identifier)) -}}
{%- endmacro -%}

{#- What readers see of a candidate, at the version it has now. -#}
{%- macro published_select(node) -%}
    {%- set candidate = candidate_of(node) -%}
    {%- set version = run_query('select max(version) from (describe history ' ~ candidate ~ ')').rows[0][0] -%}
select
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
