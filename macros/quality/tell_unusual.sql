{#- Writes each monitor that warns into the log, a JSON object each, for whoever follows the run. -#}
{%- macro tell_unusual(monitors) -%}
    {%- if execute -%}
        {%- set query -%}
select
    monitor,
    subject,
    cast(measured_on as {{ dbt.type_string() }}) as measured_on,
    cast(measured as {{ dbt.type_string() }}) as measured,
    cast(usual as {{ dbt.type_string() }}) as usual,
    cast(highest as {{ dbt.type_string() }}) as highest
from {{ monitors }}
where status = 'warn'
order by monitor, subject
        {%- endset -%}
        {%- for row in run_query(query).rows -%}
            {%- do log('unusual: ' ~ tojson(dict(row.items())), info=true) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}
