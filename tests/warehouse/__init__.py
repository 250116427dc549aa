"""A SQL warehouse on this machine that the unmodified dbt-databricks talks to."""
