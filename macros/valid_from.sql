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
