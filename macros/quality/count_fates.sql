{#- What became of a source's rows, or of an amount in them: one row of sums by fate. A row with
    `is_superseded` counts as superseded in the CRM's master data, where it is an older version, and as a duplicate
    everywhere else. -#}
{%- macro count_fates(source, measure, given, published) -%}
{%- set superseded_fate = 'superseded' if source in ['crm_customers', 'crm_products'] else 'duplicates' -%}
select
    '{{ source }}' as source,
    '{{ measure }}' as measure,
    coalesce(sum({{ given }}), 0) as landed,
    {%- for fate in ['duplicates', 'superseded'] %}
    coalesce(sum(case when is_superseded then {{ given if fate == superseded_fate else 0 }} end), 0) as {{ fate }},
    {%- endfor %}
    coalesce(sum(case when is_quarantined then {{ given }} end), 0) as quarantined,
    coalesce(sum(case when not is_quarantined and not is_superseded then {{ published }} - coalesce({{ given }}, 0) end), 0) as corrected
from {{ source }}
{%- endmacro -%}
