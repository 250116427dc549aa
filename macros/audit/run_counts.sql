{#- The models that are asked. -#}
{%- macro counted_models() -%}
    {{- return(['file_load_log', 'int_sales__validated', 'fact_sales', 'rule_results']) -}}
{%- endmacro -%}

{#- The names of the figures below. -#}
{%- macro counted_figures() -%}
    {{- return(['files', 'bronze_rows', 'silver_rows', 'gold_rows', 'rule_violations']) -}}
{%- endmacro -%}

{#- The counted figures of this run, NULL where a build did not come as far.
    counted: the relations of `counted_models` that were built, by name. -#}
{%- macro run_counts(counted) -%}
    {%- set nothing = 'cast(null as bigint)' -%}
    {%- set of_this_run = ' = ' ~ loaded_at() ~ ')' -%}
    {%- set landed = 'from ' ~ counted.file_load_log ~ ' where loaded_at' ~ of_this_run -%}
{{ '(select count(*) ' ~ landed if counted.file_load_log else nothing }} as files,
{{ '(select cast(coalesce(sum(landed_rows), 0) as bigint) ' ~ landed if counted.file_load_log else nothing }} as bronze_rows,
{{ '(select count(*) from ' ~ counted.int_sales__validated ~ ' where validated_at' ~ of_this_run if counted.int_sales__validated else nothing }} as silver_rows,
{{ '(select count(*) from ' ~ counted.fact_sales ~ ')' if counted.fact_sales else nothing }} as gold_rows,
{{ '(select cast(coalesce(sum(rows_touched), 0) as bigint) from ' ~ counted.rule_results ~ ')' if counted.rule_results else nothing }} as rule_violations
{%- endmacro -%}

{#- The version of the project that runs: a job's variable, or what `lakehouse` found out. Asked for while
    it runs only, so that dbt need not read the project again when it changes. -#}
{%- macro project_version() -%}
    {%- if execute -%}
        {{- return(var('project_version') or env_var('LAKEHOUSE_VERSION', '')) -}}
    {%- endif -%}
{%- endmacro -%}
