{#- Writes the rows of what was just built into the log, for the progress of a run. Databricks reports
    rows by itself where it knows them; counting there would cost a query per model. -#}
{%- macro log_row_count(relation) -%}
    {{- adapter.dispatch('log_row_count')(relation) if execute -}}
{%- endmacro -%}

{%- macro default__log_row_count(relation) -%}
{%- endmacro -%}

{%- macro duckdb__log_row_count(relation) -%}
    {%- if model.config.materialized != 'view' -%}
        {%- do log('rows: ' ~ run_query('select count(*) from ' ~ relation).rows[0][0], info=true) -%}
    {%- endif -%}
{%- endmacro -%}
