{#- What the rows of a month are made from, as text: its lines, by a column of dashboard_month_versions, and the code. -#}
{%- macro made_from(version) -%}
    {{ version }} || ' {{ code_version(model.unique_id) }}'
{%- endmacro -%}

{#- Before a table by month takes up the months that are made from something else now: takes out what it has of them,
    and of months that have no order any more. -#}
{%- macro delete_changed_months(version) -%}
{%- set changed -%}
    select made_from from {{ this }}
    except
    select {{ made_from(version) }} as made_from from {{ ref('dashboard_month_versions') }}
{%- endset -%}
{{ delete_where_in(this, 'made_from', changed) }}
{%- endmacro -%}
