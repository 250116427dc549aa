{#- The newest validation that a publication of the present code took in; 1970 when there is none. What was validated
    later is taken into the fact by the next run, whether a run before it failed or not. What lies in the future is
    not looked at: the clock has gone back since. -#}
{%- macro published_until() -%}
(
    select coalesce(max(validated_until), cast('1970-01-01' as timestamp)) from {{ audit_table('publications') }}
    where validated_by = '{{ code_version() }}' and validated_until < {{ loaded_at() }}
)
{%- endmacro -%}

{#- Before the fact takes what was validated since: every order of that, those of which no line was validated,
    and everything when everything was validated again. -#}
{%- macro delete_reprocessed_sales() -%}
{%- set retaken -%}
    select order_number from {{ this }}
    except
    select order_number from {{ ref('int_sales__validated') }}
    union all
    select order_number from {{ ref('int_sales__validated') }}
    where validated_at > {{ published_until() }}
    union all
    select order_number from {{ this }}
    where {{ published_until() }} < (select min(validated_at) from {{ ref('int_sales__validated') }})
{%- endset -%}
{{ delete_where_in(this, 'order_number', retaken) }}
{%- endmacro -%}
