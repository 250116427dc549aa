"""The Genie space of the workspace that the environment names: deploy it, test it, ask it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from databricks.sdk import WorkspaceClient

from genie_space.benchmark import BenchmarkReport, run_benchmarks
from genie_space.conversation import ask_genie
from genie_space.deploy import SPACE_VARIABLE, DeployedSpace, deploy_space, find_space
from genie_space.space import build_space, space_description, space_title
from metric_ask.desk import Answer
from orchestration.console import RunConsole
from orchestration.databricks.names import NO_PREFIX, layer_schema, titled
from orchestration.databricks.progress import Progress, Report, silent
from orchestration.databricks.session import told_on
from orchestration.databricks.workspace import (
    check_host,
    check_user,
    configured_host,
    connect,
    preflight,
)
from orchestration.errors import LakehouseError


@dataclass(frozen=True)
class RemoteSpace:
    """A space that is there: the workspace's client and the space's id."""

    client: WorkspaceClient
    space_id: str


def deploy(project_dir: Path, console: RunConsole) -> tuple[RemoteSpace, DeployedSpace]:
    """Create the space over gold of this environment, or update it.

    Raises:
        LakehouseError: when the workspace cannot be reached or refuses the space.
    """
    console.step("Connecting to Databricks")
    report = told_on(console)
    workspace = preflight(report=report)
    title = titled(workspace.prefix, space_title(project_dir))
    console.step(f"Deploying {title}")
    deployed = deploy_space(
        workspace.client,
        build_space(project_dir, workspace.catalog, layer_schema(workspace.prefix, "gold")),
        title=title,
        description=space_description(project_dir),
        warehouse_id=workspace.warehouse_id,
        space_id=os.environ.get(SPACE_VARIABLE, ""),
        report=report,
    )
    return RemoteSpace(workspace.client, deployed.space_id), deployed


def open_space(project_dir: Path, report: Report = silent) -> RemoteSpace:
    """Reach the space: that of DATABRICKS_GENIE_SPACE_ID, or the one with the project's title.

    Neither catalog nor warehouse has to be known for that.

    Raises:
        LakehouseError: when the workspace cannot be reached, or has no such space.
    """
    host = check_host(configured_host(), report=report)
    client = connect(host)
    report(Progress("connect", f"connected as {check_user(client)}", link=host))
    if known := os.environ.get(SPACE_VARIABLE):
        return RemoteSpace(client, known)
    prefix = os.environ.get("DATABRICKS_SCHEMA", "").strip() or NO_PREFIX
    title = titled(prefix, space_title(project_dir))
    found = find_space(client, title, report=report)
    if not found:
        raise LakehouseError(
            f'There is no Genie space called "{title}" that these credentials may see.',
            f"Deploy it (docs/deploy.md), or set {SPACE_VARIABLE} or DATABRICKS_SCHEMA.",
        )
    return RemoteSpace(client, found)


def benchmark(space: RemoteSpace, console: RunConsole) -> BenchmarkReport:
    """Run the benchmark of the space and print what was missed.

    Raises:
        LakehouseError: when the run cannot be started, fails, or does not end.
    """
    console.step("Running the benchmark")
    outcome = run_benchmarks(space.client, space.space_id, report=told_on(console))
    for miss in outcome.misses:
        console.warn(str(miss))
    return outcome


def ask_space(question: str, project_dir: Path, report: Report = silent) -> Answer:
    """The space's answer to a question.

    Raises:
        LakehouseError: when the space cannot be reached or does not answer.
    """
    space = open_space(project_dir, report)
    return ask_genie(space.client, space.space_id, question, report=report)
