"""The pytest fixtures that start the local warehouse, once for all tests."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from dbx_local.connection import Connection
from dbx_local.jars import missing_parts

REQUIRED = "LAKEHOUSE_REQUIRE_WAREHOUSE"
START_WITHIN = 300.0  # seconds; the first start fetches the jars
STOP_WITHIN = 30.0


def require_warehouse() -> None:
    """Skip the test, or fail it where the warehouse is required, when it cannot start here."""
    if missing := missing_parts():
        message = f"the local warehouse cannot start: {missing}"
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(message, pytrace=False)
        pytest.skip(message)


class RunningWarehouse:
    """A warehouse in a process of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.trace = folder / "trace.tsv"
        self._log = (folder / "warehouse.log").open("w", encoding="utf-8")
        ready = folder / "ready.json"
        command = [
            *(sys.executable, "-m", "dbx_local", "--folder", str(folder)),
            *("--ready-file", str(ready), "--trace", str(self.trace)),
            *("--parent", str(os.getpid()), *arguments),
        ]
        self._process = subprocess.Popen(command, stdout=self._log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + START_WITHIN
        while not ready.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"the local warehouse did not start:\n{self.log()}")
            time.sleep(0.2)
        self.connection = Connection.load(ready)

    def log(self) -> str:
        """What the process has printed."""
        return (self.folder / "warehouse.log").read_text(encoding="utf-8")

    def stop(self) -> int:
        """End the process and return its exit code."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=STOP_WITHIN)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()
        return self._process.returncode


@functools.cache
def _shared(config: pytest.Config) -> RunningWarehouse:
    """The one warehouse of a test run, however many conftest files import the fixture."""
    scratch = tempfile.TemporaryDirectory(prefix="warehouse-")
    config.add_cleanup(scratch.cleanup)
    volumes = Path(scratch.name) / "volumes"
    volumes.mkdir()
    warehouse = RunningWarehouse(Path(scratch.name), "--volume-root", str(volumes))
    config.add_cleanup(lambda: (warehouse.stop(), None)[1])
    return warehouse


@pytest.fixture(scope="session")
def local_warehouse(request: pytest.FixtureRequest) -> RunningWarehouse:
    """A running warehouse with an empty folder for volumes (`connection.volume_root`)."""
    require_warehouse()
    return _shared(request.config)


@pytest.fixture(scope="session")
def warehouse_connection(local_warehouse: RunningWarehouse) -> Connection:
    """Host, port, certificate, environment and dbt profile of the running warehouse."""
    return local_warehouse.connection
