{#- The usable rows of a relation that another row of the same key comes before, in an order that puts
    the one that counts first. Only keys that occur more than once are put in order: ranking every row
    costs a sort of them all. -#}
{%- macro older_rows(relation, key, order) -%}
select
    _source_file,
    _row_number
from (
    select
        {{ relation }}._source_file,
        {{ relation }}._row_number,
        row_number() over (partition by {{ relation }}.{{ key }} order by {{ order }}) as recency
    from {{ relation }}
    inner join (
        select {{ key }} from {{ relation }}
        where not is_quarantined
        group by {{ key }}
        having count(*) > 1
    ) as repeated
        on {{ relation }}.{{ key }} = repeated.{{ key }}
    where not {{ relation }}.is_quarantined
) as ranked
where recency > 1
{%- endmacro -%}
