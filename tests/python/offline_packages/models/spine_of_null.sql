{{ dbt_utils.date_spine("day", "cast('2024-02-28' as date)", "cast(null as date)") }}
