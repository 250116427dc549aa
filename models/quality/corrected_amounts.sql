with

-- Lines whose amount is the price of one piece: perhaps the quantity is wrong, not the amount.
ambiguous as (

    select
        file,
        row_number
    from {{ ref('rule_violations') }}
    where rule_id = 'quantity_or_amount_ambiguous'

),

corrections as (

    select
        *,
        {{ to_amount('value_before') }} as amount_before,
        cast(value_after as decimal(18, 2)) as amount_after
    from {{ ref('corrections') }}
    where source = 'crm_sales' and column_name = 'sales_amount'

),

rules as (select * from {{ ref('data_quality_rules') }}),

changes as (

    select
        *,
        amount_after - coalesce(amount_before, 0) as added
    from corrections

)

select
    changes.rule_id,
    rules.title,
    count(*) as rows_corrected,
    cast(sum(coalesce(changes.amount_before, 0)) as decimal(24, 2)) as amount_before,
    cast(sum(changes.amount_after) as decimal(24, 2)) as amount_after,
    cast(sum(changes.added) as decimal(24, 2)) as corrected,
    cast(sum(case when ambiguous.file is not null then changes.added else 0 end) as decimal(24, 2)) as ambiguous
from changes
inner join rules
    on changes.rule_id = rules.rule_id
left join ambiguous
    on changes.file = ambiguous.file
    and changes.row_number = ambiguous.row_number
group by changes.rule_id, rules.title
