{#- What a generic test looks at. `where: __not_yet_published__` narrows it to the sales that no
    publication has taken in yet: whole orders, so that what is unique in them is unique. Everything is
    looked at on Sundays, with the variable test_everything, and by `dbt test`. -#}
{%- macro get_where_subquery(relation) -%}
    {%- set where = (config.get('where') or '') | replace('__not_yet_published__', not_yet_published()) -%}
    {%- if where -%}
        {{- return('(select * from ' ~ relation ~ ' where ' ~ where ~ ') as dbt_subquery') -}}
    {%- endif -%}
    {{- return(relation) -}}
{%- endmacro -%}

{#- The condition on judged_at that a publication has not taken the row in yet. -#}
{%- macro not_yet_published() -%}
    {%- if not execute or flags.WHICH != 'build' or var('test_everything') or run_started_at.isoweekday() == 7 -%}
        {{- return('1 = 1') -}}
    {%- endif -%}
    {#- Tests are not parsed with this macro, so what they read through it is named, not referred to. -#}
    {%- set published = graph.nodes['model.sales_lakehouse.int_sales_published'].relation_name -%}
    {{- return('judged_at > ' ~ published_until(published)) -}}
{%- endmacro -%}
