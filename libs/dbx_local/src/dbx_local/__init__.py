"""A local SQL warehouse (Spark and Delta) that dbt-databricks takes for Databricks."""

from dbx_local.connection import Connection
from dbx_local.errors import DbxLocalError
from dbx_local.process import RunningWarehouse

__all__ = ["Connection", "DbxLocalError", "RunningWarehouse"]
