{#- The usable rows of a relation that another row of the same key comes before, in an order that puts
    the one that counts first; whether that one is of the same file, and whether it says the same. Only keys
    that occur more than once are put in order: ranking every row costs a sort of them all.
    keys: columns; content: what is compared, none if nobody asks. -#}
{%- macro older_rows(relation, keys, order, content=none) -%}
{%- set partition = 'partition by ' ~ relation ~ '.' ~ keys | join(', ' ~ relation ~ '.') ~ ' order by ' ~ order -%}
select * from (
    select
        {{ relation }}._source_file,
        {{ relation }}._row_number,
        {%- if content %}
        {{ relation }}.{{ content }} = first_value({{ relation }}.{{ content }}) over ({{ partition }}) as is_identical,
        {%- endif %}
        {{ relation }}._source_file = first_value({{ relation }}._source_file) over ({{ partition }}) as is_of_same_file,
        row_number() over ({{ partition }}) as recency
    from {{ relation }}
    inner join (
        select {{ keys | join(', ') }} from {{ relation }}
        where not is_quarantined
        group by {{ keys | join(', ') }}
        having count(*) > 1
    ) as repeated
        on {% for key in keys %}{{ relation }}.{{ key }} = repeated.{{ key }}{{ ' and ' if not loop.last }}{% endfor %}
    where not {{ relation }}.is_quarantined
) as ranked
where recency > 1
{%- endmacro -%}
