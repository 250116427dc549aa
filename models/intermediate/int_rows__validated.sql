{{ config(materialized='view', contract={'enforced': false}) }}

{% for source, models in sources().items() %}
select
    '{{ source }}' as source,
    record_key,
    {{ provenance() | indent(4) }},
    is_quarantined,
    is_superseded,
    violations,
    counted
from {{ ref(models.validated) }}
{{ 'union all' if not loop.last }}
{%- endfor %}
