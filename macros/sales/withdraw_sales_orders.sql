{#- After orders were validated: those of which no file holds a line any more are written down for the fact,
    and their lines are deleted. Lines of any other order were replaced when it was validated. -#}
{%- macro withdraw_sales_orders() -%}
insert into {{ ref('int_sales_withdrawn') }}
select distinct
    order_number,
    {{ loaded_at() }} as withdrawn_at
from (
    {{ stale_sales_orders(this) }}
) as stale
where {{ not_written_yet(ref('int_sales_withdrawn'), 'withdrawn_at') }}
{%- endmacro -%}

{#- Takes the lines of orders that were withdrawn out of the validated ones. -#}
{%- macro delete_withdrawn_sales_lines() -%}
{%- set withdrawn -%}
    select order_number from {{ ref('int_sales_withdrawn') }}
    where withdrawn_at = {{ loaded_at() }}
{%- endset -%}
{{ delete_where_in(this, 'order_number', withdrawn) }}
{%- endmacro -%}
