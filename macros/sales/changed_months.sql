{#- The months that a table by month takes up: in a full build all of them, else those whose rows are made from something
    else than the table's. `version` is a column of dashboard_month_versions. -#}
{%- macro changed_months(version) -%}
    select
        month_number,
        {{ made_from(version) }} as made_from
    from {{ ref('dashboard_month_versions') }}
    {%- if is_incremental() %}
    where {{ made_from(version) }} not in (select made.made_from from {{ this }} as made)
    {%- endif %}
{%- endmacro -%}

{#- Before that: takes out what the table has of them, and of months that have no order any more. -#}
{%- macro delete_changed_months(version) -%}
{%- set changed -%}
    select made_from from {{ this }}
    except
    select {{ made_from(version) }} as made_from from {{ ref('dashboard_month_versions') }}
{%- endset -%}
{{ delete_where_in(this, 'made_from', changed) }}
{%- endmacro -%}

{#- What the rows of a month are made from, as text: its lines, by their version, and the code. -#}
{%- macro made_from(version) -%}
    {{ version }} || ' {{ code_version(model.unique_id) }}'
{%- endmacro -%}
