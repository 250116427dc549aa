"""Refresh the sales dashboard after a build.

A refresh is a one-time run with a dashboard task, as in the daily job: it runs the queries of the
published dashboard, sends the snapshot to subscribers, has a page with a log, and fails when a
query fails. Publishing belongs to the deployment: it shows the current draft and runs nothing.
"""

from __future__ import annotations

import os
import uuid
from datetime import timedelta

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import OperationFailed
from databricks.sdk.service.dashboards import LifecycleState
from databricks.sdk.service.jobs import (
    DashboardTask,
    Run,
    RunResultState,
    RunState,
    RunTask,
    SubmitTask,
)

from orchestration.console import RunConsole
from orchestration.databricks.api import API_ERRORS, Report, explained, first_line, silent
from orchestration.databricks.names import dashboard_title
from orchestration.databricks.workspace import Workspace
from orchestration.errors import LakehouseError

DASHBOARD_VARIABLE = "DATABRICKS_DASHBOARD_ID"
_TASK = "sales_dashboard"


def refresh(workspace: Workspace, console: RunConsole) -> str:
    """Refresh the dashboard of this environment and wait for it; return its address.

    Raises:
        LakehouseError: when there is no such dashboard, or its refresh fails.
    """
    console.step("Refreshing the dashboard")
    client = workspace.client
    dashboard_id = os.environ.get(DASHBOARD_VARIABLE) or find_dashboard(
        client, dashboard_title(workspace.prefix)
    )
    refresh_dashboard(
        client, dashboard_id, warehouse_id=workspace.warehouse_id, report=console.note
    )
    return f"{client.config.host}/dashboardsv3/{dashboard_id}/published"


def find_dashboard(client: WorkspaceClient, title: str) -> str:
    """The id of the one dashboard with this title.

    Raises:
        LakehouseError: when there is none, or more than one.
    """
    with explained("Listing the dashboards"):
        found = [
            each.dashboard_id
            for each in client.lakeview.list()
            if each.display_name == title and each.dashboard_id
        ]
    if len(found) == 1:
        return found[0]
    if found:
        raise LakehouseError(
            f'{len(found)} dashboards have the title "{title}": {", ".join(found)}',
            f"Set {DASHBOARD_VARIABLE} to the right one.",
        )
    raise LakehouseError(
        f'There is no dashboard with the title "{title}" that these credentials may see.',
        f"Deploy it (databricks bundle deploy), or set {DASHBOARD_VARIABLE}.",
    )


def refresh_dashboard(
    client: WorkspaceClient,
    dashboard_id: str,
    *,
    warehouse_id: str = "",
    timeout: timedelta = timedelta(minutes=30),
    report: Report = silent,
) -> None:
    """Run the queries of a published dashboard and wait until they are done.

    They run on the dashboard's own warehouse when none is given. After the longest wait the run is
    cancelled. The report hears the state of the run whenever it is looked at.

    Raises:
        LakehouseError: when the dashboard is missing, trashed or unpublished, or the run fails.
    """
    with explained("Looking up the dashboard"):
        draft = client.lakeview.get(dashboard_id)
        if draft.lifecycle_state is LifecycleState.TRASHED:
            raise LakehouseError(
                f'The dashboard "{draft.display_name}" is in the trash.',
                "Restore it in the workspace, or deploy it again: databricks bundle deploy.",
            )
        client.lakeview.get_published(dashboard_id)
    task = SubmitTask(
        task_key=_TASK,
        dashboard_task=DashboardTask(dashboard_id=dashboard_id, warehouse_id=warehouse_id or None),
        timeout_seconds=int(timeout.total_seconds()),
    )
    with explained("Refreshing the dashboard"):
        waiter = client.jobs.submit(
            run_name=f"Refresh {draft.display_name}",
            tasks=[task],
            # Without a token, a request whose answer got lost would run the dashboard twice.
            idempotency_token=uuid.uuid4().hex,
        )
        run_id = int(waiter.run_id)
        try:
            run = waiter.result(
                timeout=timeout,
                callback=lambda now: report(f"{_words(now.state)} ({now.run_page_url})"),
            )
        except OperationFailed:
            run = client.jobs.get_run(run_id)
        except TimeoutError as error:
            if error.__cause__:  # the SDK gave up on a request, not on the run
                raise
            raise _too_long(client, run_id, timeout) from error
    if run.state is None or run.state.result_state is not RunResultState.SUCCESS:
        raise _failure(client, run)


def _words(state: RunState | None) -> str:
    """The state as a word: waiting, running, success, failed."""
    value = state and (state.result_state or state.life_cycle_state)
    return str(value.value).lower().replace("_", " ") if value else "waiting"


def _failure(client: WorkspaceClient, run: Run) -> LakehouseError:
    """Why the run failed: its task that failed, and the error of that."""
    reasons = [
        f"task {task.task_key}: {_task_error(client, task)}"
        for task in run.tasks or ()
        if task.state
        and task.state.result_state in (RunResultState.FAILED, RunResultState.TIMEDOUT)
    ]
    reasons += [run.state.state_message] if run.state and run.state.state_message else []
    return LakehouseError(
        f"The run {_words(run.state)}: {'; '.join(reasons) or 'no reason given'}",
        f"Its page has the log: {run.run_page_url}",
    )


def _task_error(client: WorkspaceClient, task: RunTask) -> str:
    message = (task.state.state_message if task.state else "") or "failed"
    if task.run_id is None:
        return message
    try:
        return client.jobs.get_run_output(task.run_id).error or message
    except API_ERRORS as error:
        return f"{message} (its output cannot be read: {first_line(error)})"


def _too_long(client: WorkspaceClient, run_id: int, timeout: timedelta) -> LakehouseError:
    """Cancel a run that would go on and cost."""
    try:
        client.jobs.cancel_run(run_id)
        outcome = "It was cancelled."
    except API_ERRORS as error:
        outcome = f"It could not be cancelled: {first_line(error)}"
    return LakehouseError(
        f"The run {run_id} has not ended after {timeout.total_seconds():.0f} seconds. {outcome}",
        f"Its page shows what it waits for: {client.config.host}/jobs/runs/{run_id}",
    )
