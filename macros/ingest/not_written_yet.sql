{#- Whether this run has not written into a table yet. What only adds to one asks so, because a statement
    whose answer was lost is sent again although it has been done.
    column: says of which run a row is; part: a condition, where each part of the table is written by itself. -#}
{%- macro not_written_yet(relation, column, part=none) -%}
{{ loaded_at() }} not in (
    select {{ column }} from {{ relation }}
    {%- if part %}
    where {{ part }}
    {%- endif %}
)
{%- endmacro -%}
