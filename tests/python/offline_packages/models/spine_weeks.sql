{{ dbt_utils.date_spine("week", "cast('2024-01-01' as date)", "cast('2024-01-16' as date)") }}
