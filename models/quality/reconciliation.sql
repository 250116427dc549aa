with

{% for source, model in validated_models().items() -%}
{{ source }} as (

    select * from {{ ref(model) }}

),

{% endfor -%}

landed as (
    {% for source in validated_models() %}
    {{ count_fates(source, 'rows', '1', '1') | indent(4) }}
    union all
    {%- endfor %}
    {{ count_fates('crm_sales', 'sales_amount', 'sales_amount_given', 'sales_amount') | indent(4) }}
    union all
    {{ count_fates('crm_sales', 'quantity', 'quantity_given', 'quantity') | indent(4) }}

),

published as (select * from {{ ref('published_totals') }}),

compared as (

    select
        landed.source,
        landed.measure,
        {%- for column in ['landed', 'duplicates', 'superseded', 'quarantined', 'corrected'] %}
        cast(landed.{{ column }} as decimal(24, 2)) as {{ column }},
        {%- endfor %}
        cast(coalesce(published.published, 0) as decimal(24, 2)) as published,
        cast(coalesce(published.waiting, 0) as decimal(24, 2)) as waiting
    from landed
    left join published
        on landed.source = published.source
        and landed.measure = published.measure

)

select
    source,
    measure,
    landed,
    duplicates,
    superseded,
    quarantined,
    corrected,
    published,
    cast(landed - duplicates - superseded - quarantined + corrected - waiting - published as decimal(24, 2)) as difference,
    waiting
from compared
