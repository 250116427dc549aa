{#- At the beginning of a run: a row that says `interrupted` until the run ends and says otherwise. -#}
{%- macro record_start() -%}
    {%- if keeps_records() -%}
merge into {{ audit_table('runs') }} as log
using (select '{{ invocation_id }}' as run_id) as this_run
    on log.run_id = this_run.run_id
when not matched then insert (run_id, started_at, project_version, result)
    values (this_run.run_id, {{ loaded_at() }}, '{{ project_version() }}', 'interrupted')
    {%- endif -%}
{%- endmacro -%}

{#- At the end of a run: how it went, whatever its result. -#}
{%- macro record_end(results) -%}
    {%- if keeps_records() -%}
        {%- set good = results | selectattr('status', 'equalto', 'success') | map(attribute='node.name') | list -%}
        {%- set failed = results | rejectattr('status', 'in', good_results() + ['skipped']) | map(attribute='node.name') | list -%}
        {%- set counted = {} -%}
        {%- for name in counted_models() if name in good -%}
            {%- do counted.update({name: relation_in_warehouse(name)}) -%}
        {%- endfor -%}
merge into {{ audit_table('runs') }} as log
using (
    select
        '{{ invocation_id }}' as run_id,
        cast('{{ modules.datetime.datetime.now(modules.pytz.utc).strftime("%Y-%m-%d %H:%M:%S.%f") }}' as timestamp) as ended_at,
        '{{ 'failed' if failed else 'built' }}' as result,
        {{ "'" ~ failed | join(', ') ~ "'" if failed else 'cast(null as ' ~ dbt.type_string() ~ ')' }} as failed,
        {{ results | selectattr('node.resource_type', 'in', built_types()) | list | length }} as models,
        {{ results | selectattr('node.resource_type', 'in', ['test', 'unit_test']) | list | length }} as tests,
        {{ run_counts(counted) | indent(8) }}
) as this_run
    on log.run_id = this_run.run_id
when matched then update set
    {%- for name in ['ended_at', 'result', 'failed', 'models', 'tests'] + counted_figures() %}
    {{ name }} = this_run.{{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
    {%- endif -%}
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
