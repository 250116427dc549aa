{#- Every key of a row has its row in the table it refers to; all keys of a table in one query.
    keys: a list of {column, to, field}; field is the column's name there, where that differs. -#}
{%- test keys_have_members(model, keys) -%}
with

referring as (select * from {{ model }})

{% for key in keys %}
{%- set field = key.field | default(key.column) %}
select
    '{{ key.column }}' as column_name,
    cast(referring.{{ key.column }} as {{ dbt.type_string() }}) as value_without_member
from referring
left join {{ key.to }} as members
    on referring.{{ key.column }} = members.{{ field }}
where referring.{{ key.column }} is not null and members.{{ field }} is null
{{ 'union all' if not loop.last }}
{%- endfor %}
{%- endtest -%}
