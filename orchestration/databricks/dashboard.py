"""Refresh the sales dashboard when gold is new.

A refresh is a one-time job run with a dashboard task, the same task the daily job ends with: it
runs the published dashboard's queries on the warehouse, so that readers meet warm, current results,
sends the snapshot to subscribers if there are any, has a page with a log, and fails when a query
fails. Publishing again would do none of that: it puts the current draft before the readers,
finished or not, and runs nothing. Publishing belongs to the deployment.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import timedelta

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.dashboards import LifecycleState
from databricks.sdk.service.jobs import DashboardTask, SubmitTask

from orchestration.databricks.progress import Progress, Report, silent
from orchestration.databricks.runs import FinishedRun, wait_for_run
from orchestration.databricks.transient import DEFAULT_RETRY, RetryPolicy, retried
from orchestration.errors import LakehouseError

_TASK = "sales_dashboard"


def dashboard_link(client: WorkspaceClient, dashboard_id: str) -> str:
    """The address of the published dashboard."""
    return f"{client.config.host}/dashboardsv3/{dashboard_id}/published"


def find_dashboard(
    client: WorkspaceClient,
    title: str,
    *,
    retry: RetryPolicy = DEFAULT_RETRY,
    report: Report = silent,
) -> str:
    """The id of the one dashboard with this title.

    Args:
        client: the workspace.
        title: as deployed; see `names.dashboard_title`.
        retry: for calls that fail.
        report: told about retries.

    Raises:
        LakehouseError: when there is none, or more than one.
    """
    found = [
        each
        for each in retried(
            lambda: list(client.lakeview.list()), "Listing the dashboards", retry, report
        )
        if each.display_name == title and each.dashboard_id
    ]
    if len(found) == 1 and found[0].dashboard_id:
        return found[0].dashboard_id
    if not found:
        raise LakehouseError(
            f'There is no dashboard called "{title}" that these credentials may see.',
            "Deploy it (databricks bundle deploy), or set DATABRICKS_DASHBOARD_ID.",
        )
    raise LakehouseError(
        f'{len(found)} dashboards are called "{title}": '
        + ", ".join(str(each.dashboard_id) for each in found),
        "Set DATABRICKS_DASHBOARD_ID to the one that is meant.",
    )


def refresh_dashboard(
    client: WorkspaceClient,
    dashboard_id: str,
    *,
    warehouse_id: str = "",
    timeout: timedelta = timedelta(minutes=30),
    poll_seconds: float = 5.0,
    retry: RetryPolicy = DEFAULT_RETRY,
    report: Report = silent,
    sleep: Callable[[float], None] = time.sleep,
) -> FinishedRun:
    """Run the dashboard's queries and wait until they are done.

    Args:
        client: the workspace.
        dashboard_id: the dashboard; it has to be published.
        warehouse_id: the warehouse to run on; the dashboard's own when empty.
        timeout: the longest wait; then the run is cancelled.
        poll_seconds: seconds between two looks at the run.
        retry: for calls that fail.
        report: told about the progress, with a link to the run and at the end to the dashboard.
        sleep: how to wait.

    Raises:
        LakehouseError: when the dashboard is missing, trashed or unpublished, or the run fails.
    """
    draft = retried(
        lambda: client.lakeview.get(dashboard_id), "Looking up the dashboard", retry, report
    )
    if draft.lifecycle_state is LifecycleState.TRASHED:
        raise LakehouseError(
            f'The dashboard "{draft.display_name}" is in the trash.',
            "Restore it in the workspace, or deploy it again: databricks bundle deploy.",
        )
    retried(
        lambda: client.lakeview.get_published(dashboard_id),
        f'Looking for the published "{draft.display_name}"',
        retry,
        report,
    )
    # Without the token a submit whose answer got lost would run the dashboard twice.
    token = uuid.uuid4().hex
    task = SubmitTask(
        task_key=_TASK,
        dashboard_task=DashboardTask(dashboard_id=dashboard_id, warehouse_id=warehouse_id or None),
        timeout_seconds=int(timeout.total_seconds()),
    )
    run_id = retried(
        lambda: (
            client.jobs.submit(
                run_name=f"Refresh {draft.display_name}", tasks=[task], idempotency_token=token
            ).run_id
        ),
        "Starting the refresh of the dashboard",
        retry,
        report,
    )
    finished = wait_for_run(
        client,
        run_id,
        step="dashboard",
        timeout=timeout,
        poll_seconds=poll_seconds,
        retry=retry,
        report=report,
        sleep=sleep,
    )
    report(
        Progress(
            "dashboard",
            f"{draft.display_name}: refreshed",
            dashboard_link(client, dashboard_id),
            int(finished.seconds),
        )
    )
    return finished
