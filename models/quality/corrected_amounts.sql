with

corrections as (

    select
        *,
        {{ to_amount('value_before') }} as amount_before,
        cast(value_after as decimal(18, 2)) as amount_after
    from {{ ref('corrections') }}
    where source = 'crm_sales' and column_name = 'sales_amount'

),

rules as (select * from {{ ref('data_quality_rules') }})

select
    corrections.rule_id,
    rules.title,
    count(*) as rows_corrected,
    cast(sum(coalesce(corrections.amount_before, 0)) as decimal(24, 2)) as amount_before,
    cast(sum(corrections.amount_after) as decimal(24, 2)) as amount_after,
    cast(sum(corrections.amount_after - coalesce(corrections.amount_before, 0)) as decimal(24, 2)) as corrected
from corrections
inner join rules
    on corrections.rule_id = rules.rule_id
group by corrections.rule_id, rules.title
