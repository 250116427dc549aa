{{ dbt_utils.date_spine("hour", "cast('2024-01-01 22:30:00' as timestamp)", "cast('2024-01-02 01:00:00' as timestamp)") }}
