{#- The lines that have to be validated in this run: all lines of every order that something happened to.
    An order is the unit, because siblings and repetitions are found within one. Its lines are found by
    the order number as the files spell it, which the engine can look up without cleaning every row. -#}
{%- macro touched_sales_lines() -%}
new_lines as (

    select
        order_number,
        order_number_text
    from {{ ref('int_sales__checked') }}
    where _loaded_at > (select coalesce(max(_loaded_at), cast('1970-01-01' as timestamp)) from {{ this }})

),

touched_orders as (

    select order_number from new_lines
    union
    {{ stale_sales_orders(this) }}
    union
    select order_number from {{ this }}
    where validated_by <> '{{ code_version() }}'
    {%- if var('rebuild_from') %}
    union
    {{ sales_orders_dated(var('rebuild_from'), var('rebuild_to')) }}
    {%- endif %}

),

spellings as (

    select order_number_text from new_lines
    union
    select order_number as order_number_text from touched_orders
    union
    select order_number_text from {{ this }}
    where order_number_text is not null and order_number in (select order_number from touched_orders)

),

validated_now as (

    select * from {{ ref('int_sales__checked') }}
    where order_number_text in (select order_number_text from spellings)
    union all
    select * from {{ ref('int_sales__checked') }}
    where order_number_text is null and 'n/a' in (select order_number from touched_orders)

)
{%- endmacro -%}

{#- Orders of which lines were validated as they stood in a former version of their file. -#}
{%- macro stale_sales_orders(validated) -%}
select validated.order_number
    from {{ validated }} as validated
    inner join (
        select
            source_file,
            max(loaded_at) as loaded_at
        from {{ ref('file_load_log') }}
        where landing_table = 'crm_sales_details'
        group by source_file
        having count(*) > 1
    ) as replaced
        on validated._source_file = replaced.source_file
    where validated._loaded_at < replaced.loaded_at
{%- endmacro -%}

{#- Orders of a span of days: by the date that validation gave them, and by what the files state, in case
    they were never validated. -#}
{%- macro sales_orders_dated(first_day, last_day) -%}
{%- set span = "between cast('" ~ first_day ~ "' as date) and cast('" ~ last_day ~ "' as date)" -%}
select order_number from {{ this }}
    where order_date {{ span }}
    union
    select order_number from {{ ref('int_sales__checked') }}
    where coalesce(order_date_usable, order_date_by_shipment) {{ span }}
{%- endmacro -%}
