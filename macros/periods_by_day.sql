{#- A snapshot in whole days: of several changes on a day the last one counts, what was seen first reaches
    back to the beginning of time, and what was seen last is valid until something else is seen. -#}
{%- macro periods_by_day(history, key) -%}
select
    *,
    {{ valid_from('seen_on', key) }} as valid_from,
    {{ valid_to('seen_on', key) }} as valid_to
from (
    select
        *,
        cast(dbt_valid_from as date) as seen_on,
        row_number() over (partition by {{ key }}, cast(dbt_valid_from as date) order by dbt_valid_from desc) as recency
    from {{ history }}
) as seen
where recency = 1
{%- endmacro -%}

{#- The first day of a period that begins on a day; the first period of all has no beginning. -#}
{%- macro valid_from(day, key) -%}
case
    when row_number() over (partition by {{ key }} order by {{ day }}) = 1 then cast('1900-01-01' as date)
    else {{ day }}
end
{%- endmacro -%}

{#- The last day of a period: the one before the next period begins. -#}
{%- macro valid_to(day, key) -%}
coalesce(
    cast({{ dbt.dateadd('day', -1, 'lead(' ~ day ~ ') over (partition by ' ~ key ~ ' order by ' ~ day ~ ')') }} as date),
    cast('9999-12-31' as date)
)
{%- endmacro -%}
