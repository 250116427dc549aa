"""The project built on a running warehouse, for the tests beside this file."""

from __future__ import annotations

import pytest

from tests.python.conftest import bootcamp_dir
from tests.warehouse.engines import OPTIONS, engines, first_built, increment_built

__all__ = ["bootcamp_dir", "engines", "first_built", "increment_built"]


@pytest.fixture(scope="session")
def local_warehouse_arguments() -> tuple[str, ...]:
    """The user of the warehouse is in the group that may read personal data."""
    return OPTIONS
