"""`lakehouse upload` and `lakehouse run --target databricks`, on warehouse and workspace."""

from __future__ import annotations

import re

import pytest

from orchestration.errors import ExitCode
from tests.warehouse.engines import Engines
from tests.warehouse.workspace import TOKEN

pytestmark = pytest.mark.timeout(2400)


def test_files_go_up_once(increment_built: Engines) -> None:
    first, second = (increment_built.said[f"{step} upload"] for step in ("first", "increment"))
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert "6 files sent" in first.stdout
    assert "6 files sent" in second.stdout
    assert "1 unchanged" in second.stdout


def test_a_run_builds_and_refreshes_the_dashboard(increment_built: Engines) -> None:
    run, workspace = increment_built.said["first run"], increment_built.workspace
    said = run.stdout + run.stderr
    assert run.returncode == 0, said
    assert "connected as ann.lee@example.com" in said
    assert "Local: running" in said, "the warehouse was started and waited for"
    page = f"{workspace.address}/dashboardsv3/{workspace.dashboard}/published"
    assert f"The dashboard is {page}" in said
    assert TOKEN not in said
    assert {each["name"] for each in workspace.runs.values()} == {"Refresh Gold Sales"}
    submitted = next(r for r in workspace.requests if r.path.endswith("/submit")).json()
    assert [task["dashboard_task"] for task in submitted["tasks"]] == [
        {"dashboard_id": workspace.dashboard, "warehouse_id": "local"}
    ]


def test_a_dashboard_that_cannot_be_refreshed_fails_the_run(increment_built: Engines) -> None:
    run, workspace = increment_built.said["increment run"], increment_built.workspace
    assert run.returncode == ExitCode.BUILD_FAILED, run.stdout + run.stderr
    assert "task sales_dashboard: [TABLE_OR_VIEW_NOT_FOUND] fact_sales" in run.stderr
    assert f"{workspace.address}/jobs/runs/{max(workspace.runs)}" in run.stderr


def test_a_run_alerts_about_anomalies(increment_built: Engines) -> None:
    """The first files are of 2023; the customer details came again as they were: they are new."""
    told = increment_built.alerts.read_text(encoding="utf-8")
    _, first, second = told.split("Sales lakehouse: ")
    old = "{}: the newest file is [0-9]+ days old, 2 are allowed\n"
    assert "published anomalies" in first
    assert re.search(old.format("erp_customers"), first)
    assert "failed: " in second
    assert re.search(old.format("crm_products"), second)
    assert "erp_customers" not in second


def test_answers_got_lost_after_what_was_asked_had_been_done(increment_built: Engines) -> None:
    """The connector sends such a statement again: that it counts once is what is compared."""
    written = b"".join(increment_built.workspace.lost)
    for table in (b"crm_sales_details", b"file_load_log", b"fact_sales", b"run_results"):
        assert table in written, table
