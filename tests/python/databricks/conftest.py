"""A stand-in workspace, a client that points at it, and an environment without anybody's login."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.clock import Clock
from databricks.sdk.config import Config

from orchestration.databricks.progress import Progress
from tests.python.databricks.standin import Standin, serve


class HurriedClock(Clock):
    """A clock whose pauses take no time, so that the SDK's waits do not slow the tests down."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Told(list[Progress]):
    """Collects what is reported; calling it is the report."""

    def __call__(self, progress: Progress) -> None:
        self.append(progress)

    def text(self) -> str:
        return "\n".join(f"{each.step}: {each.message} {each.link}" for each in self)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("DATABRICKS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(tmp_path / "no.databrickscfg"))


@pytest.fixture
def standin() -> Iterator[Standin]:
    workspace = Standin()
    with serve(workspace):
        yield workspace


@pytest.fixture
def client(standin: Standin) -> WorkspaceClient:
    config = Config(
        host=standin.address,
        token="secret",
        retry_timeout_seconds=1,
        http_timeout_seconds=30,
        clock=HurriedClock(),
    )
    return WorkspaceClient(config=config)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def configured(standin: Standin, monkeypatch: pytest.MonkeyPatch) -> Standin:
    """The environment of a run, all of it right."""
    monkeypatch.setenv("DATABRICKS_HOST", standin.address)
    monkeypatch.setenv("DATABRICKS_TOKEN", "secret")
    monkeypatch.setenv("DATABRICKS_HTTP_PATH", "/sql/1.0/warehouses/w1")
    monkeypatch.setenv("DATABRICKS_CATALOG", "sales_dev")
    monkeypatch.setenv("DATABRICKS_SCHEMA", "dev_ann_lee")
    return standin
