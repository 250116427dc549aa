{{- config(materialized='view', schema='silver', access='protected', contract={'enforced': false}) -}}
with

periods as (select * from {{ ref('dashboard_customer_periods') }}),

-- Ordered by one column, the engines need not sort all rows to find these.
largest as (

    select
        *,
        row_number() over (partition by first_month, last_month, country order by revenue desc) as place
    from periods
    where revenue > 0

),

-- Others may have the same revenue as the tenth.
tenth as (

    select
        first_month,
        last_month,
        country,
        min(revenue) as revenue
    from largest
    where place <= 10
    group by first_month, last_month, country

)

select
    periods.*,
    'Largest' as listed_as,
    periods.revenue as listed_by
from periods
inner join tenth
    on periods.country = tenth.country
    and coalesce(periods.first_month, cast('1900-01-01' as date)) = coalesce(tenth.first_month, cast('1900-01-01' as date))
    and coalesce(periods.last_month, cast('1900-01-01' as date)) = coalesce(tenth.last_month, cast('1900-01-01' as date))
    and periods.revenue >= tenth.revenue
union all
select
    *,
    direction as listed_as,
    abs(change) as listed_by
from periods
where direction <> 'Neither'
