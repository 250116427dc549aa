"""The Sales Lakehouse on a Databricks workspace: connect, upload files, refresh the dashboard."""
