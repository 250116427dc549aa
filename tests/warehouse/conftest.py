"""The running warehouse, and the project built on it, for the tests beside this file."""

from __future__ import annotations

from dbx_local.fixture import local_warehouse, warehouse_connection
from tests.python.conftest import bootcamp_dir
from tests.warehouse.engines import engines, increment_built, sample_built

__all__ = [
    "bootcamp_dir",
    "engines",
    "increment_built",
    "local_warehouse",
    "sample_built",
    "warehouse_connection",
]
