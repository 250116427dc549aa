"""What surrounds a build on Databricks: reach the workspace before, refresh the dashboard after."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from orchestration.console import RunConsole
from orchestration.databricks.api import Report
from orchestration.databricks.dashboard import (
    DASHBOARD_VARIABLE,
    dashboard_link,
    find_dashboard,
    refresh_dashboard,
)
from orchestration.databricks.names import dashboard_title
from orchestration.databricks.upload import Uploaded, upload
from orchestration.databricks.workspace import Workspace, preflight, start_warehouse


def notes(console: RunConsole) -> Report:
    """Lines as notes of a run; a line that repeats the one before is left out."""
    last = ""

    def report(line: str) -> None:
        nonlocal last
        if line != last:
            console.note(line)
        last = line

    return report


def open_workspace(console: RunConsole) -> tuple[Workspace, Mapping[str, str]]:
    """Reach the workspace and start the warehouse.

    Returns:
        The workspace, and the environment a dbt process needs to reach it, credentials included.
    """
    console.step("Connecting to Databricks")
    report = notes(console)
    workspace = preflight(report=report)
    start_warehouse(workspace.client, workspace.warehouse_id, report=report)
    return workspace, {**workspace.environment(), **workspace.credentials()}


def refresh(workspace: Workspace, console: RunConsole) -> str:
    """Refresh the dashboard and wait for it; return its address."""
    console.step("Refreshing the dashboard")
    client = workspace.client
    dashboard = os.environ.get(DASHBOARD_VARIABLE) or find_dashboard(
        client, dashboard_title(workspace.prefix)
    )
    refresh_dashboard(client, dashboard, warehouse_id=workspace.warehouse_id, report=notes(console))
    return dashboard_link(client, dashboard)


def send_files(landing: Path, console: RunConsole, *, again: bool = False) -> Uploaded:
    """Copy the files of the landing folder to the volume, unless they are there already."""
    console.step("Connecting to Databricks")
    report = notes(console)
    workspace = preflight(need_warehouse=False, report=report)
    console.step(f"Uploading {landing} to {workspace.landing}")
    return upload(workspace.client, landing, workspace.landing, again=again, report=report)
