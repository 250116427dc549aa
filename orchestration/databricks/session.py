"""What surrounds a build on Databricks: reach the workspace before, refresh the dashboard after."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from orchestration.console import RunConsole
from orchestration.databricks.dashboard import find_dashboard, refresh_dashboard
from orchestration.databricks.names import dashboard_title
from orchestration.databricks.progress import Progress, Report
from orchestration.databricks.upload import Uploaded, upload
from orchestration.databricks.workspace import Workspace, preflight, start_warehouse

DASHBOARD_VARIABLE = "DATABRICKS_DASHBOARD_ID"


def told_on(console: RunConsole) -> Report:
    """Progress as notes of a run, each message once."""
    last = ""

    def report(progress: Progress) -> None:
        nonlocal last
        text = f"{progress.message} ({progress.link})" if progress.link else progress.message
        if text != last:
            console.note(text)
        last = text

    return report


def open_workspace(console: RunConsole) -> tuple[Workspace, Mapping[str, str]]:
    """Reach the workspace and start the warehouse.

    Returns:
        The workspace, and the environment a dbt process needs to reach it, credentials included.

    Raises:
        LakehouseError: within seconds, when host, credentials, warehouse or catalog are wrong.
    """
    console.step("Connecting to Databricks")
    report = told_on(console)
    workspace = preflight(report=report)
    start_warehouse(workspace.client, workspace.warehouse_id, report=report)
    return workspace, {**workspace.environment(), **workspace.credentials()}


def refresh(workspace: Workspace, console: RunConsole) -> str:
    """Refresh the dashboard and wait for it; return its address.

    Raises:
        LakehouseError: when there is no such dashboard, or its refresh fails.
    """
    console.step("Refreshing the dashboard")
    report = told_on(console)
    dashboard = os.environ.get(DASHBOARD_VARIABLE) or find_dashboard(
        workspace.client, dashboard_title(workspace.prefix), report=report
    )
    refresh_dashboard(
        workspace.client, dashboard, warehouse_id=workspace.warehouse_id, report=report
    )
    return f"{workspace.host}/dashboardsv3/{dashboard}/published"


def send_files(landing: Path, console: RunConsole, *, again: bool = False) -> Uploaded:
    """Bring the landing folder's files to the volume; equal files are left alone.

    Raises:
        LakehouseError: when the workspace cannot be reached or refuses the files.
    """
    console.step("Connecting to Databricks")
    report = told_on(console)
    workspace = preflight(need_warehouse=False, report=report)
    console.step(f"Uploading {landing} to {workspace.landing}")
    return upload(workspace.client, landing, workspace.landing, again=again, report=report)
