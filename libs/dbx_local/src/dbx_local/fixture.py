"""The pytest fixtures; installed as a plugin, they start nothing until a test asks for one."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from dbx_local.connection import Connection
from dbx_local.jars import missing_parts
from dbx_local.process import RunningWarehouse

REQUIRED = "DBX_LOCAL_REQUIRED"


@pytest.fixture(scope="session")
def local_warehouse_arguments() -> tuple[str, ...]:
    """Options of `dbx-local start`; define this fixture in your conftest.py to change them."""
    return ()


@pytest.fixture(scope="session")
def local_warehouse(
    local_warehouse_arguments: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningWarehouse]:
    """One running warehouse for all tests, with an empty folder for volumes.

    Where it cannot start, the tests are skipped; they fail if DBX_LOCAL_REQUIRED is 1.
    """
    if missing := missing_parts():
        message = f"The local warehouse cannot start: {missing}"
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
    folder = tmp_path_factory.mktemp("warehouse")
    volumes = folder / "volumes"
    volumes.mkdir()
    warehouse = RunningWarehouse(folder, "--volume-root", str(volumes), *local_warehouse_arguments)
    yield warehouse
    if code := warehouse.stop():
        pytest.fail(f"The local warehouse ended with {code}:\n{warehouse.log()}", pytrace=False)


@pytest.fixture(scope="session")
def warehouse_connection(local_warehouse: RunningWarehouse) -> Connection:
    """Port, certificate, environment and dbt profile of the running warehouse."""
    return local_warehouse.connection
