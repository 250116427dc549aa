"""The running warehouse, for the tests beside this file."""

from __future__ import annotations

from tests.python.conftest import bootcamp_dir
from tests.warehouse.fixture import local_warehouse, warehouse_connection

__all__ = ["bootcamp_dir", "local_warehouse", "warehouse_connection"]
