{#- `dbt run-operation publish`: puts the candidates in place of what is published, once every model was built and
    every data test has passed since. -#}
{%- macro publish() -%}
    {%- if use_utc() -%}
        {%- do run_query(use_utc()) -%}
    {%- endif -%}
    {%- set problems = reasons_not_to_publish() -%}
    {%- if problems -%}
        {%- set more = ', and ' ~ (problems | length - 1) ~ ' more like it' if problems | length > 1 else '' -%}
        {%- do exceptions.raise_compiler_error('Not published: ' ~ problems[0] ~ more ~ '. Run dbt build, then publish again.') -%}
    {%- endif -%}
    {%- do publish_gold(publication()) -%}
{%- endmacro -%}

{#- What the results of earlier runs leave open, in a sentence each: a model or data test that was not run, has not
    passed, or was run before something that it reads. A run that was cut off leaves everything open. What lies in the
    future is of a clock that has gone back since. -#}
{%- macro reasons_not_to_publish() -%}
    {%- set query -%}
select kind || '.' || node, status, started_at
from (
    select *, row_number() over (partition by kind, node order by started_at desc) as recency
    from {{ audit_table('run_results') }}
    where started_at <= {{ loaded_at() }}
) as results
where recency = 1
    {%- endset -%}
    {%- set results = {} -%}
    {%- for row in run_query(query).rows -%}
        {%- do results.update({row[0]: {'status': row[1], 'at': row[2]}}) -%}
    {%- endfor -%}
    {%- set begun = audit_table('runs') ~ ' where started_at <= ' ~ loaded_at() -%}
    {%- set cut_off = run_query('select max(started_at) from ' ~ begun ~ ' and ended_at is null').rows[0][0] -%}
    {%- set unbuilt, skipped, untested = [], [], [] -%}
    {%- for node in nodes_to_publish_from() -%}
        {%- set name = ('data test ' if node.resource_type == 'test' else node.resource_type ~ ' ') ~ node.name -%}
        {%- set problems = untested if node.resource_type == 'test' else unbuilt -%}
        {%- set result = results.get(node.resource_type ~ '.' ~ node.name) -%}
        {%- if not result -%}
            {%- do problems.append(name ~ ' was never run') -%}
        {%- elif result.status == 'skipped' -%}
            {%- do (untested if node.resource_type == 'test' else skipped).append(name ~ ' was skipped when it was last run') -%}
        {%- elif result.status not in good_results() -%}
            {%- do problems.append(name ~ ' ended with ' ~ result.status ~ ' when it was last run') -%}
        {%- elif cut_off and result.at <= cut_off -%}
            {%- do problems.append('the run of ' ~ cut_off ~ ' did not end, and ' ~ name ~ ' was not run since') -%}
        {%- else -%}
            {%- for parent in node.depends_on.nodes if parent in graph.nodes and not problems -%}
                {%- set read = graph.nodes[parent] -%}
                {%- if result.at < results.get(read.resource_type ~ '.' ~ read.name, result).at -%}
                    {%- do problems.append(name ~ ' was not run since ' ~ read.name ~ ' was built') -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(unbuilt + skipped + ([] if var('publish_untested') else untested)) -}}
{%- endmacro -%}

{#- Every model, seed, snapshot and data test, but what is made from published tables. -#}
{%- macro nodes_to_publish_from() -%}
    {{- return(graph.nodes.values()
        | selectattr('resource_type', 'in', built_types() + ['test'])
        | rejectattr('config.materialized', 'equalto', 'metric_view')
        | sort(attribute='name') | list) -}}
{%- endmacro -%}

{#- A row of the table of publications: the newest run, and what the fact holds. -#}
{%- macro publication() -%}
    {%- set query -%}
select
    runs.run_id,
    runs.started_at as run_started_at,
    {{ loaded_at() }} as published_at,
    sales.*
from (
    select * from {{ audit_table('runs') }}
    where started_at <= {{ loaded_at() }}
    order by started_at desc
    limit 1
) as runs
cross join (
    select
        count(*) as lines,
        count(distinct order_number) as orders,
        cast(coalesce(sum(sales_amount), 0) as decimal(24, 2)) as revenue,
        coalesce(max(validated_at), cast('1970-01-01' as timestamp)) as validated_until,
        coalesce((select max(validated_by) from {{ ref('int_sales__validated') }}), '') as validated_by
    from {{ ref('fact_sales') }}
) as sales
    {%- endset -%}
    {%- set table = run_query(query) -%}
    {{- return(dict(zip(table.column_names, table.rows[0].values()))) -}}
{%- endmacro -%}

{#- Writes a publication down, once.
    publication: as above; database: where the audit tables are, if not where runs write them. -#}
{%- macro record_publication(publication, database=none) -%}
    {%- set publications, runs = audit_table('publications'), audit_table('runs') -%}
    {%- if database -%}
        {%- set publications = publications.incorporate(path={'database': database}) -%}
        {%- set runs = runs.incorporate(path={'database': database}) -%}
    {%- endif -%}
    {%- set names, values = [], [] -%}
    {%- for column in (audit_declarations() | selectattr('name', 'equalto', 'publications') | first).columns.values() -%}
        {%- do names.append(column.name) -%}
        {%- do values.append("cast('" ~ publication[column.name] ~ "' as " ~ column.data_type ~ ')') -%}
    {%- endfor -%}
    {%- set insertion -%}
merge into {{ publications }} as log
using (select '{{ publication.run_id }}' as run_id) as this_one
    on log.run_id = this_one.run_id
when not matched then insert ({{ names | join(', ') }})
    values ({{ values | join(', ') }})
    {%- endset -%}
    {%- do run_query(insertion) -%}
    {%- do run_query('update ' ~ runs ~ " set result = 'published' where run_id = '" ~ publication.run_id ~ "'") -%}
{%- endmacro -%}
