{#- For every member and every day from 1900-01-01 to 9999-12-31 there is one row and no second one, and
    the last one is the current one. -#}
{%- test covers_every_day_once(model, key) -%}
select *
from (
    select
        {{ key }},
        valid_from,
        valid_to,
        is_current,
        lag(valid_to) over (partition by {{ key }} order by valid_from) as previous_valid_to,
        lead(valid_from) over (partition by {{ key }} order by valid_from) as next_valid_from
    from {{ model }}
) as periods
where
    valid_from > valid_to
    or (previous_valid_to is null and valid_from <> cast('1900-01-01' as date))
    or coalesce(valid_from <> cast({{ dbt.dateadd('day', 1, 'previous_valid_to') }} as date), false)
    or (next_valid_from is null and valid_to <> cast('9999-12-31' as date))
    or is_current <> (next_valid_from is null)
{%- endtest -%}
