{#- The validation up to which gold has passed and was published, by the present version of the models.
    What was validated later is taken into the fact by the next run, whether a run before it failed or not. -#}
{%- macro published_until(publications=none) -%}
(
    select coalesce(max(validated_until), cast('1970-01-01' as timestamp)) from {{ publications or ref('int_sales_published') }}
    where validated_by = '{{ code_version() }}'
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

{#- After the last test of a build: what is in the fact now needs no taking or testing again. -#}
{%- macro record_published_sales() -%}
    {%- if execute and flags.WHICH == 'build' -%}
insert into {{ ref('int_sales_published') }}
select
    '{{ invocation_id }}' as run_id,
    {{ loaded_at() }} as published_at,
    max(validated_at) as validated_until,
    '{{ code_version() }}' as validated_by
from {{ ref('fact_sales') }}
where {{ not_written_yet(ref('int_sales_published'), 'published_at') }}
having count(*) > 0
    {%- endif -%}
{%- endmacro -%}
