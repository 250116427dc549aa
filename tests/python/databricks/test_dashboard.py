from __future__ import annotations

import re
from datetime import timedelta

import pytest

from orchestration.databricks.dashboard import find_dashboard, refresh_dashboard
from orchestration.errors import LakehouseError
from tests.python.databricks.fake_workspace import FakeWorkspace

SUBMIT = "/jobs/runs/submit$"


@pytest.fixture
def dashboard(workspace: FakeWorkspace) -> str:
    return workspace.add_dashboard()


def test_refresh(workspace: FakeWorkspace, dashboard: str, lines: list[str]) -> None:
    refresh_dashboard(workspace.client, dashboard, warehouse_id="w1", report=lines.append)
    submitted = next(r for r in workspace.requests if r.path.endswith("submit")).json()
    assert submitted["tasks"][0]["dashboard_task"] == {
        "dashboard_id": dashboard,
        "warehouse_id": "w1",
    }
    assert submitted["run_name"] == "Refresh [dev ann_lee] Gold Sales"
    run = f"({workspace.address}/jobs/runs/1000)"
    assert list(dict.fromkeys(lines)) == [f"pending {run}", f"running {run}"]
    assert workspace.count("POST", "published") == 0, "a refresh does not publish"


def test_transient_failures_are_tried_again_and_start_one_run(
    workspace: FakeWorkspace, dashboard: str
) -> None:
    workspace.fail("POST", SUBMIT, 429)
    workspace.drop("POST", SUBMIT, after=True)
    workspace.fail("GET", "/jobs/runs/get$", 503)
    refresh_dashboard(workspace.client, dashboard)
    assert workspace.count("POST", SUBMIT) == 3
    assert len(workspace.runs) == 1


def test_transient_failures_have_a_limit(workspace: FakeWorkspace, dashboard: str) -> None:
    workspace.drop("POST", SUBMIT, times=10**9)
    with pytest.raises(LakehouseError, match=r"Refreshing the dashboard: .*[Cc]onnection") as e:
        refresh_dashboard(workspace.client, dashboard)
    assert "again later" in e.value.remedy


@pytest.mark.parametrize(
    ("status", "code", "remedy"),
    [
        (400, "INVALID_PARAMETER_VALUE", "docs/deploy.md"),
        (401, "UNAUTHENTICATED", "DATABRICKS_TOKEN"),
        (403, "PERMISSION_DENIED", "lacks a privilege"),
        (404, "RESOURCE_DOES_NOT_EXIST", "bundle summary"),
        (500, "INTERNAL_ERROR", "docs/deploy.md"),
    ],
)
def test_real_failures_are_not_tried_again(
    *, workspace: FakeWorkspace, dashboard: str, status: int, code: str, remedy: str
) -> None:
    workspace.fail("POST", SUBMIT, status, code=code, times=9)
    with pytest.raises(LakehouseError, match="Refreshing the dashboard: on demand") as raised:
        refresh_dashboard(workspace.client, dashboard)
    assert workspace.count("POST", SUBMIT) == 1
    assert remedy in raised.value.remedy


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("fails", r"The run failed: task sales_dashboard: \[TABLE_OR_VIEW_NOT_FOUND\]"),
        ("breaks", "the platform lost the run"),
        ("is_cancelled", "The run canceled"),
    ],
)
def test_a_run_that_ends_badly(
    workspace: FakeWorkspace, dashboard: str, outcome: str, expected: str
) -> None:
    workspace.outcomes.append(outcome)
    with pytest.raises(LakehouseError, match=expected) as raised:
        refresh_dashboard(workspace.client, dashboard)
    assert f"{workspace.address}/jobs/runs/1000" in raised.value.remedy


def test_a_failure_whose_reason_cannot_be_read(workspace: FakeWorkspace, dashboard: str) -> None:
    workspace.outcomes.append("fails")
    workspace.fail("GET", "get-output", 403, message="not yours")
    with pytest.raises(LakehouseError, match="its output cannot be read: not yours"):
        refresh_dashboard(workspace.client, dashboard)


@pytest.mark.parametrize("may_cancel", [True, False])
def test_a_run_that_hangs_is_cancelled(
    workspace: FakeWorkspace, dashboard: str, may_cancel: bool
) -> None:
    workspace.outcomes.append("hangs")
    if not may_cancel:
        workspace.fail("POST", "/cancel$", 403, message="not yours")
    outcome = "It was cancelled" if may_cancel else "It could not be cancelled: not yours"
    with pytest.raises(LakehouseError, match=f"has not ended after .* {outcome}") as raised:
        refresh_dashboard(workspace.client, dashboard, timeout=timedelta(seconds=0.1))
    assert workspace.runs[1000]["cancelled"] == may_cancel
    assert "/jobs/runs/1000" in raised.value.remedy


def test_dashboards_that_cannot_be_refreshed(workspace: FakeWorkspace, dashboard: str) -> None:
    with pytest.raises(LakehouseError, match="Looking up the dashboard: Dashboard nothing"):
        refresh_dashboard(workspace.client, "nothing")
    workspace.dashboards[dashboard]["lifecycle_state"] = "TRASHED"
    with pytest.raises(LakehouseError, match="in the trash"):
        refresh_dashboard(workspace.client, dashboard)
    workspace.dashboards[dashboard]["lifecycle_state"] = "ACTIVE"
    del workspace.published[dashboard]
    with pytest.raises(LakehouseError, match=r"Published dashboard .* does not exist"):
        refresh_dashboard(workspace.client, dashboard)
    assert workspace.count("POST", SUBMIT) == 0


def test_found_by_its_title(workspace: FakeWorkspace) -> None:
    mine = workspace.add_dashboard("[dev ann_lee] Gold Sales")
    shared = workspace.add_dashboard("Gold Sales")
    assert find_dashboard(workspace.client, "[dev ann_lee] Gold Sales") == mine
    assert find_dashboard(workspace.client, "Gold Sales") == shared
    with pytest.raises(LakehouseError, match=re.escape('no dashboard with the title "[dev bob]')):
        find_dashboard(workspace.client, "[dev bob] Gold Sales")
    workspace.add_dashboard("Gold Sales")
    with pytest.raises(LakehouseError, match='2 dashboards have the title "Gold Sales"') as raised:
        find_dashboard(workspace.client, "Gold Sales")
    assert "DATABRICKS_DASHBOARD_ID" in raised.value.remedy
