{#- What a generic test looks at. `where: __not_yet_published__` narrows it to the sales that no
    publication has taken in yet: whole orders, so that what is unique in them is unique;
    `where: __landed_since_publication__` to the rows of files taken in since, whole files. Everything
    is looked at on Sundays, with the variable test_everything, and by `dbt test`. -#}
{%- macro get_where_subquery(relation) -%}
    {%- set where = (config.get('where') or '')
        | replace('__not_yet_published__', not_yet_published('judged_at'))
        | replace('__landed_since_publication__', not_yet_published('_loaded_at')) -%}
    {%- if where -%}
        {{- return('(select * from ' ~ relation ~ ' where ' ~ where ~ ') as dbt_subquery') -}}
    {%- endif -%}
    {{- return(relation) -}}
{%- endmacro -%}

{#- The condition that a publication has not taken a row in yet, by when it was judged or loaded. -#}
{%- macro not_yet_published(column) -%}
    {%- if not execute or flags.WHICH != 'build' or var('test_everything') or run_started_at.isoweekday() == 7 -%}
        {{- return('1 = 1') -}}
    {%- endif -%}
    {#- Tests are not parsed with this macro, so what they read through it is named, not referred to. -#}
    {%- set node = graph.nodes['model.sales_lakehouse.int_sales_published'] -%}
    {#- Bronze is tested before the list of publications is made; what is made anew has none. -#}
    {%- if flags.FULL_REFRESH or not load_relation(api.Relation.create(
        database=node.database, schema=node.schema, identifier=node.alias
    )) -%}
        {{- return('1 = 1') -}}
    {%- endif -%}
    {{- return(column ~ ' > ' ~ published_until(node.relation_name)) -}}
{%- endmacro -%}
