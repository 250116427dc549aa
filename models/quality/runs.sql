{%- set counted = {
    'file_load_log': ref('file_load_log'),
    'int_sales__validated': ref('int_sales__validated'),
    'fact_sales': ref('fact_sales'),
    'rule_results': ref('rule_results'),
} -%}

with

recorded as (select * from {{ ref('int_runs') }}),

-- It ends after this model is made; that anybody reads it here is its result.
this_run as (

    select
        cast('{{ invocation_id }}' as {{ dbt.type_string() }}) as run_id,
        {{ loaded_at() }} as started_at,
        cast('{{ project_version() }}' as {{ dbt.type_string() }}) as project_version,
        {{ run_counts(counted) | indent(8) }}

),

told as (

    select
        run_id,
        started_at,
        ended_at,
        project_version,
        result,
        failed,
        models,
        tests,
        files,
        bronze_rows,
        silver_rows,
        gold_rows,
        rule_violations
    from recorded
    union all
    select
        run_id,
        started_at,
        null as ended_at,
        project_version,
        'published' as result,
        null as failed,
        null as models,
        null as tests,
        files,
        bronze_rows,
        silver_rows,
        gold_rows,
        rule_violations
    from this_run

)

select
    run_id,
    min(started_at) as started_at,
    max(ended_at) as ended_at,
    max(project_version) as project_version,
    coalesce(max(result), 'interrupted') as result,
    max(failed) as failed,
    max(models) as models,
    max(tests) as tests,
    max(files) as files,
    max(bronze_rows) as bronze_rows,
    max(silver_rows) as silver_rows,
    max(gold_rows) as gold_rows,
    max(rule_violations) as rule_violations
from told
group by run_id
