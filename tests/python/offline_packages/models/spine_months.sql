{{ dbt_utils.date_spine("month", "cast('2024-01-31' as date)", "cast('2024-04-15' as date)") }}
