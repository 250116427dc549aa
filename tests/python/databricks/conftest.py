"""A fake workspace and an environment without anybody's login."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.python.databricks.fake_workspace import FakeWorkspace, serve


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("DATABRICKS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(tmp_path / "no.databrickscfg"))
    # The SDK's and our own pauses take no time.
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.fixture
def workspace() -> Iterator[FakeWorkspace]:
    fake = FakeWorkspace()
    with serve(fake):
        yield fake


@pytest.fixture
def lines() -> list[str]:
    """Collects what is reported, by `report=lines.append`."""
    return []


@pytest.fixture
def configured(workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch) -> FakeWorkspace:
    """The environment of a run, all of it right."""
    monkeypatch.setenv("DATABRICKS_HOST", workspace.address)
    monkeypatch.setenv("DATABRICKS_TOKEN", "secret")
    monkeypatch.setenv("DATABRICKS_HTTP_PATH", "/sql/1.0/warehouses/w1")
    monkeypatch.setenv("DATABRICKS_CATALOG", "sales_dev")
    monkeypatch.setenv("DATABRICKS_SCHEMA", "dev_ann_lee")
    return workspace
