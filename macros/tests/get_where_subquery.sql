{#- What a generic test looks at. `where: __not_yet_published__` narrows it to the sales that no
    publication has taken in yet: whole orders, so that what is unique in them is unique;
    `where: __landed_since_publication__` to the rows of files taken in since, whole files. Everything
    is looked at on Sundays, with the variable test_everything, and by `dbt test`. -#}
{%- macro get_where_subquery(relation) -%}
    {%- set where = config.get('where') -%}
    {#- Most tests have none, and what was published need not be looked up for them. -#}
    {%- if where -%}
        {%- set narrowed = where
            | replace('__not_yet_published__', not_yet_published('validated_at'))
            | replace('__landed_since_publication__', not_yet_published('_loaded_at')) -%}
        {{- return('(select * from ' ~ relation ~ ' where ' ~ narrowed ~ ') as dbt_subquery') -}}
    {%- endif -%}
    {{- return(relation) -}}
{%- endmacro -%}

{#- The condition that a publication has not taken a row in yet, by when it was validated or loaded. -#}
{%- macro not_yet_published(column) -%}
    {%- if not execute or flags.WHICH != 'build' or var('test_everything') or run_started_at.isoweekday() == 7 -%}
        {{- return('1 = 1') -}}
    {%- endif -%}
    {#- What is rebuilt was not published as it is. -#}
    {%- if should_full_refresh() -%}
        {{- return('1 = 1') -}}
    {%- endif -%}
    {{- return(column ~ ' > ' ~ published_until()) -}}
{%- endmacro -%}
