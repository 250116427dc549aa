{#- Writes down at the end of a build how it went, whatever its result. A build that did not come as far as
    making the log has none to write into. -#}
{%- macro record_run(results) -%}
    {%- set log = relation_in_warehouse('int_runs') -%}
    {%- if log -%}
        {%- set built = results | selectattr('status', 'equalto', 'success') | map(attribute='node.name') | list -%}
        {%- set counted = {} -%}
        {%- for name in counted_models() if name in built -%}
            {%- do counted.update({name: relation_in_warehouse(name)}) -%}
        {%- endfor -%}
insert into {{ log }} (
    run_id, started_at, ended_at, project_version, result, failed, models, tests, files, bronze_rows, silver_rows, gold_rows, rule_violations
)
select
    '{{ invocation_id }}' as run_id,
    {{ loaded_at() }} as started_at,
    cast('{{ modules.datetime.datetime.now(modules.pytz.utc).strftime("%Y-%m-%d %H:%M:%S.%f") }}' as timestamp) as ended_at,
    '{{ project_version() }}' as project_version,
    {{ run_result(results, built) }},
    {{ results | selectattr('node.resource_type', 'in', built_types()) | list | length }} as models,
    {{ results | selectattr('node.resource_type', 'in', ['test', 'unit_test']) | list | length }} as tests,
    {{ run_counts(counted) }}
    {%- endif -%}
{%- endmacro -%}

{#- Writes down what each model took. -#}
{%- macro record_run_models(results) -%}
    {%- set log = relation_in_warehouse('int_run_models') -%}
    {%- set models = results | selectattr('node.resource_type', 'in', built_types()) | list -%}
    {%- if log and models -%}
insert into {{ log }} (run_id, started_at, model, layer, status, seconds) values
        {%- for result in models %}
('{{ invocation_id }}', {{ loaded_at() }}, '{{ result.node.name }}', '{{ result.node.config.schema or '' }}', '{{ result.status }}', {{ result.execution_time | round(3) }}){{ ',' if not loop.last }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}

{#- How a build ended, and what failed in it. -#}
{%- macro run_result(results, built) -%}
    {%- set failed = results | rejectattr('status', 'in', ['success', 'pass', 'warn', 'skipped', 'no-op']) | map(attribute='node.name') | list -%}
    '{{ 'failed' if failed else 'published' if 'publications' in built else 'built' }}' as result,
    {{ "'" ~ failed | join(', ') ~ "'" if failed else 'null' }} as failed
{%- endmacro -%}

{#- What is built, and not tested or only described. -#}
{%- macro built_types() -%}
    {{- return(['model', 'seed', 'snapshot']) -}}
{%- endmacro -%}
