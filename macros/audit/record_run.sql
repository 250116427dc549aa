{#- At the beginning of a run: a row that says `interrupted` until the run ends and says otherwise. The version of the
    project is a job's variable, or what `lakehouse` found out; asked for while dbt parses, it would have dbt parse the
    project again whenever it changes. -#}
{%- macro record_start() -%}
    {%- if keeps_records() -%}
merge into {{ audit_table('runs') }} as log
using (select '{{ invocation_id }}' as run_id) as this_run
    on log.run_id = this_run.run_id
when not matched then insert (run_id, started_at, project_version, result)
    values (this_run.run_id, {{ loaded_at() }}, '{{ var('project_version') or env_var('LAKEHOUSE_VERSION', '') }}', 'interrupted')
    {%- endif -%}
{%- endmacro -%}

{#- At the end of a run: how it went, whatever its result. -#}
{%- macro record_end(results) -%}
    {%- if keeps_records() -%}
        {%- set good = results | selectattr('status', 'equalto', 'success') | map(attribute='node.name') | list -%}
        {%- set failed = results | rejectattr('status', 'in', good_results() + ['skipped']) | map(attribute='node.name') | list -%}
        {%- set counts = run_counts(good) -%}
merge into {{ audit_table('runs') }} as log
using (
    select
        '{{ invocation_id }}' as run_id,
        cast('{{ modules.datetime.datetime.now(modules.pytz.utc).strftime("%Y-%m-%d %H:%M:%S.%f") }}' as timestamp) as ended_at,
        '{{ 'failed' if failed else 'built' }}' as result,
        {{ "'" ~ failed | join(', ') ~ "'" if failed else 'cast(null as ' ~ dbt.type_string() ~ ')' }} as failed,
        {{ results | selectattr('node.resource_type', 'in', built_types()) | list | length }} as models,
        {{ results | selectattr('node.resource_type', 'in', ['test', 'unit_test']) | list | length }} as tests,
        {%- for name, count in counts.items() %}
        {{ count }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
) as this_run
    on log.run_id = this_run.run_id
when matched then update set
    {%- for name in ['ended_at', 'result', 'failed', 'models', 'tests'] + counts.keys() | list %}
    {{ name }} = this_run.{{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
    {%- endif -%}
{%- endmacro -%}

{#- What a run counts, by the name of its column: NULL where the build did not come as far.
    built: the names of the models that were built. -#}
{%- macro run_counts(built) -%}
    {%- set counts = {
        'files': ('count(*)', 'file_load_log', 'loaded_at'),
        'bronze_rows': ('cast(coalesce(sum(landed_rows), 0) as bigint)', 'file_load_log', 'loaded_at'),
        'silver_rows': ('count(*)', 'int_sales__validated', 'validated_at'),
        'gold_rows': ('count(*)', 'fact_sales', none),
        'rule_violations': ('cast(coalesce(sum(rows_touched), 0) as bigint)', 'rule_results', none),
    } -%}
    {%- for name, (count, model, moment) in counts.items() -%}
        {%- set table = graph.nodes['model.sales_lakehouse.' ~ model].relation_name -%}
        {%- set of_this_run = ' where ' ~ moment ~ ' = ' ~ loaded_at() if moment else '' -%}
        {%- do counts.update({
            name: '(select ' ~ count ~ ' from ' ~ table ~ of_this_run ~ ')' if model in built else 'cast(null as bigint)'
        }) -%}
    {%- endfor -%}
    {{- return(counts) -}}
{%- endmacro -%}

{#- At the end of a run: what became of each model and data test, and what it took. A publication rests on it. -#}
{%- macro record_results(results) -%}
    {%- set recorded = results | selectattr('node.resource_type', 'in', built_types() + ['test']) | list -%}
    {%- if keeps_records() and recorded -%}
insert into {{ audit_table('run_results') }}
select * from (
    values
    {%- for result in recorded %}
        {%- set kind = result.node.resource_type %}
    ('{{ invocation_id }}', {{ loaded_at() }}, '{{ kind }}', '{{ result.node.name }}', {{ 'null' if kind == 'test' else "'" ~ result.node.config.schema ~ "'" }}, '{{ result.status }}', cast({{ result.execution_time | round(3) }} as double)){{ ',' if not loop.last }}
    {%- endfor %}
) as results (run_id, started_at, kind, node, layer, status, seconds)
where '{{ invocation_id }}' not in (select run_id from {{ audit_table('run_results') }})
    {%- endif -%}
{%- endmacro -%}

{#- What is built, and not tested or only described. -#}
{%- macro built_types() -%}
    {{- return(['model', 'seed', 'snapshot']) -}}
{%- endmacro -%}

{#- Results that a publication may rest on. -#}
{%- macro good_results() -%}
    {{- return(['success', 'pass', 'warn', 'no-op']) -}}
{%- endmacro -%}
