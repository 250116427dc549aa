"""A local SQL warehouse (Spark and Delta) that dbt-databricks takes for Databricks."""
