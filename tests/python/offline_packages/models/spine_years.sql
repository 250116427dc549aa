{{ dbt_utils.date_spine("year", "(select min(cast('2023-06-01' as date)))", "(cast('2023-06-01' as date) + interval 2 year)") }}
