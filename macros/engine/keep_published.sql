{#- Before a build: keeps what is published readable while new versions of its tables are made. A version that is
    older than 30 days is refused unless it is the latest (`delta.deletedFileRetentionDuration`). Not before
    `dbt test`, which looks at what was built. -#}
{%- macro keep_published() -%}
    {%- if execute and flags.WHICH == 'build' -%}
        {{- adapter.dispatch('keep_published')() -}}
    {%- endif -%}
{%- endmacro -%}

{#- Readers have a file of their own. -#}
{%- macro default__keep_published() -%}
{%- endmacro -%}

{#- What a failed run left in a table is taken out; then a property that changes makes a version of today. To
    restore the latest version makes none. -#}
{%- macro databricks__keep_published() -%}
    {%- set publications = audit_table('publications') -%}
    {%- set days = run_query('select datediff(current_date(), max(published_at)) from ' ~ publications).rows[0][0] -%}
    {%- if days is not none and days > var('keep_published_after_days') -%}
        {%- set views = {} -%}
        {%- set query -%}
select lower(table_schema || '.' || table_name), view_definition
from {{ target.database }}.information_schema.views
where table_schema in ({{ published_schemas() }})
        {%- endset -%}
        {%- for row in run_query(query).rows -%}
            {%- do views.update({row[0]: row[1] | lower}) -%}
        {%- endfor -%}
        {%- set granted = views_with_grants() -%}
        {%- for node in published_nodes() -%}
            {%- set definition = views.get(view_of(node) | lower, '') -%}
            {%- if ' version as of ' in definition -%}
                {%- set version = definition.split(' version as of ')[1] | trim | int -%}
                {%- do run_query('restore table ' ~ candidate_of(node) ~ ' to version as of ' ~ version) -%}
                {%- do run_query(
                    'alter table ' ~ candidate_of(node) ~ " set tblproperties ('kept_at' = '" ~ run_started_at ~ "')"
                ) -%}
                {%- do publish_view(node, granted) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- for declaration in audit_declarations() -%}
            {%- do publish_view(declaration, granted) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}
