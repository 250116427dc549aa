from __future__ import annotations

import time
from datetime import timedelta

import pytest
from databricks.sdk import WorkspaceClient

from orchestration.databricks.dashboard import find_dashboard, refresh_dashboard
from orchestration.databricks.runs import run_job
from orchestration.databricks.transient import RetryPolicy
from orchestration.errors import LakehouseError
from tests.python.databricks.conftest import Told
from tests.python.databricks.standin import Standin

HURRIED = RetryPolicy(attempts=4, first_wait=0.01, longest_wait=0.02)
SUBMIT = "/jobs/runs/submit$"


def no_wait(_: float) -> None:
    """Do not wait between two looks."""


def refresh(client: WorkspaceClient, dashboard: str, told: Told | None = None) -> int:
    return refresh_dashboard(
        client,
        dashboard,
        warehouse_id="w1",
        retry=HURRIED,
        report=told if told is not None else Told(),
        sleep=no_wait,
    ).run_id


def test_refresh(client: WorkspaceClient, standin: Standin, told: Told) -> None:
    dashboard = standin.add_dashboard()
    run_id = refresh(client, dashboard, told)
    submitted = next(r for r in standin.requests if r.path.endswith("submit")).json()
    assert submitted["tasks"][0]["dashboard_task"] == {
        "dashboard_id": dashboard,
        "warehouse_id": "w1",
    }
    assert submitted["run_name"] == "Refresh [dev ann_lee] Gold Sales"
    messages = [p.message for p in told]
    assert messages[:3] == ["pending", "running", "succeeded"]
    assert told[0].link == f"{standin.address}/jobs/runs/{run_id}"
    assert told[-1].link == f"{standin.address}/dashboardsv3/{dashboard}/published"
    assert standin.count("POST", "published") == 0, "a refresh does not publish"


@pytest.mark.parametrize("status", [429, 503, 504])
def test_transient_failures_are_tried_again(
    client: WorkspaceClient, standin: Standin, told: Told, status: int
) -> None:
    dashboard = standin.add_dashboard()
    standin.fail("POST", SUBMIT, status, times=2)
    standin.fail("GET", "/jobs/runs/get$", status, times=2)
    refresh(client, dashboard, told)
    assert standin.count("POST", SUBMIT) == 3
    retries = [p for p in told if p.step == "retry"]
    assert len(retries) == 4
    assert "Starting the refresh of the dashboard: on demand" in retries[0].message


def test_a_lost_answer_does_not_start_a_second_run(
    client: WorkspaceClient, standin: Standin, told: Told
) -> None:
    dashboard = standin.add_dashboard()
    standin.drop("POST", SUBMIT, after=True)
    refresh(client, dashboard, told)
    assert standin.count("POST", SUBMIT) == 2
    assert len(standin.runs) == 1


def test_closed_connections_have_a_limit(client: WorkspaceClient, standin: Standin) -> None:
    dashboard = standin.add_dashboard()
    standin.drop("POST", SUBMIT, times=99)
    with pytest.raises(LakehouseError, match="tried 4 times") as raised:
        refresh(client, dashboard)
    assert standin.count("POST", SUBMIT) == 4
    assert "again later" in raised.value.remedy


@pytest.mark.parametrize(
    ("status", "code", "remedy"),
    [
        (400, "INVALID_PARAMETER_VALUE", "docs/deploy.md"),
        (401, "UNAUTHENTICATED", "DATABRICKS_TOKEN"),
        (403, "PERMISSION_DENIED", "lacks a right"),
        (404, "RESOURCE_DOES_NOT_EXIST", "bundle summary"),
        (500, "INTERNAL_ERROR", "docs/deploy.md"),
    ],
)
def test_real_failures_are_not_tried_again(
    client: WorkspaceClient, standin: Standin, status: int, code: str, remedy: str
) -> None:
    dashboard = standin.add_dashboard()
    standin.fail("POST", SUBMIT, status, code=code, times=9)
    with pytest.raises(LakehouseError, match="Starting the refresh") as raised:
        refresh(client, dashboard)
    assert standin.count("POST", SUBMIT) == 1
    assert remedy in raised.value.remedy


def test_a_run_that_fails(client: WorkspaceClient, standin: Standin, told: Told) -> None:
    dashboard = standin.add_dashboard()
    standin.outcomes.append("fails")
    with pytest.raises(LakehouseError, match="TABLE_OR_VIEW_NOT_FOUND") as raised:
        refresh(client, dashboard, told)
    assert "The run failed: task sales_dashboard" in raised.value.message
    assert f"{standin.address}/jobs/runs/1000" in raised.value.remedy
    assert told[-1].message == "failed"


def test_a_failure_whose_reason_cannot_be_read(client: WorkspaceClient, standin: Standin) -> None:
    dashboard = standin.add_dashboard()
    standin.outcomes.append("fails")
    standin.fail("GET", "get-output", 403, message="not yours")
    with pytest.raises(LakehouseError, match="its output cannot be read: not yours"):
        refresh(client, dashboard)


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [("breaks", "the platform lost the run"), ("is_cancelled", "The run canceled")],
)
def test_other_bad_ends(
    client: WorkspaceClient, standin: Standin, outcome: str, expected: str
) -> None:
    dashboard = standin.add_dashboard()
    standin.outcomes.append(outcome)
    with pytest.raises(LakehouseError, match=expected):
        refresh(client, dashboard)


def test_a_run_that_hangs_is_cancelled(client: WorkspaceClient, standin: Standin) -> None:
    dashboard = standin.add_dashboard()
    standin.outcomes.append("hangs")
    with pytest.raises(LakehouseError, match=r"has not ended after .* It was cancelled") as raised:
        refresh_dashboard(
            client,
            dashboard,
            timeout=timedelta(seconds=0.3),
            retry=HURRIED,
            sleep=lambda _: time.sleep(0.05),
        )
    assert standin.runs[1000]["cancelled"]
    assert "/jobs/runs/1000" in raised.value.remedy


def test_a_hanging_run_that_cannot_be_cancelled(client: WorkspaceClient, standin: Standin) -> None:
    dashboard = standin.add_dashboard()
    standin.outcomes.append("hangs")
    standin.fail("POST", "/cancel$", 403, message="not yours")
    with pytest.raises(LakehouseError, match="could not be cancelled: not yours"):
        refresh_dashboard(client, dashboard, timeout=timedelta(0), retry=HURRIED, sleep=no_wait)


def test_a_dashboard_that_does_not_exist(client: WorkspaceClient, standin: Standin) -> None:
    with pytest.raises(LakehouseError, match="Looking up the dashboard: Unable to find") as raised:
        refresh(client, "nothing")
    assert "bundle summary" in raised.value.remedy
    assert standin.count("POST", SUBMIT) == 0


def test_a_dashboard_in_the_trash(client: WorkspaceClient, standin: Standin) -> None:
    dashboard = standin.add_dashboard()
    standin.dashboards[dashboard]["lifecycle_state"] = "TRASHED"
    with pytest.raises(LakehouseError, match="in the trash"):
        refresh(client, dashboard)


def test_a_dashboard_that_is_not_published(client: WorkspaceClient, standin: Standin) -> None:
    dashboard = standin.add_dashboard()
    del standin.published[dashboard]
    with pytest.raises(LakehouseError, match="is not published"):
        refresh(client, dashboard)


def test_found_by_its_title(client: WorkspaceClient, standin: Standin) -> None:
    mine = standin.add_dashboard("[dev ann_lee] Gold Sales")
    everybodys = standin.add_dashboard("Gold Sales")
    assert find_dashboard(client, "[dev ann_lee] Gold Sales") == mine
    assert find_dashboard(client, "Gold Sales") == everybodys
    with pytest.raises(
        LakehouseError, match='no dashboard called "[dev bob] Gold'.replace("[", "\\[")
    ):
        find_dashboard(client, "[dev bob] Gold Sales")
    standin.add_dashboard("Gold Sales")
    with pytest.raises(LakehouseError, match='2 dashboards are called "Gold Sales"') as raised:
        find_dashboard(client, "Gold Sales")
    assert "DATABRICKS_DASHBOARD_ID" in raised.value.remedy


def test_the_deployed_job(client: WorkspaceClient, standin: Standin, told: Told) -> None:
    tasks = [{"task_key": key} for key in ("bronze", "silver", "gold")]
    standin.jobs[7] = {"settings": {"name": "Sales Lakehouse", "tasks": tasks}}
    run_job(client, 7, idempotency_token="monday", retry=HURRIED, report=told, sleep=no_wait)
    again = run_job(client, 7, idempotency_token="monday", retry=HURRIED, sleep=no_wait)
    assert len(standin.runs) == 1
    assert again.run_id == 1000
    assert "bronze succeeded, silver running, gold pending" in told.text()
    run_job(client, 7, idempotency_token="t", only=["gold"], retry=HURRIED, sleep=no_wait)
    assert standin.runs[1001]["tasks"] == ["gold"]


def test_the_deployed_job_runs_on_after_the_wait(client: WorkspaceClient, standin: Standin) -> None:
    standin.jobs[7] = {"settings": {"name": "Sales", "tasks": [{"task_key": "bronze"}]}}
    standin.outcomes.append("hangs")
    with pytest.raises(LakehouseError, match="It goes on"):
        run_job(
            client, 7, idempotency_token="t", timeout=timedelta(0), retry=HURRIED, sleep=no_wait
        )
    assert not standin.runs[1000]["cancelled"]
