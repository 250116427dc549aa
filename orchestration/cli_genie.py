"""`lakehouse genie`: the Genie space as code, into the bundle and into a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.errors import ExitCode
from orchestration.plain import say

if TYPE_CHECKING:
    from genie_space import BenchmarkReport

app = typer.Typer(
    help="Write, deploy and benchmark the Genie space.",
    no_args_is_help=True,
)

_Percent = Annotated[
    float,
    typer.Option(min=0, max=100, help="Smallest percentage of answers that are not wrong."),
]


@app.command()
def write() -> None:
    """Write resources/genie.yml from genie/*.yml and the documentation."""
    from orchestration.genie import write_resource
    from orchestration.settings import load_settings

    path, changed = write_resource(load_settings().project_dir)
    say(f"{path} {'was written' if changed else 'is up to date'}.")


@app.command()
def deploy(
    benchmark: Annotated[bool, typer.Option("--benchmark", help="Also run the benchmark.")] = False,
    at_least: _Percent = 100,
) -> None:
    """Create or update the space in the workspace; its tables must exist."""
    from orchestration import genie
    from orchestration.console import RunConsole
    from orchestration.settings import load_settings

    with RunConsole() as console:
        client, deployed = genie.deploy(load_settings().project_dir, console)
        outcome = genie.benchmark(client, deployed.space_id, console) if benchmark else None
    say(f"The space is {deployed.action}: {deployed.link}")
    if outcome:
        _show(outcome, at_least)


@app.command()
def benchmark(at_least: _Percent = 100) -> None:
    """Run the benchmark questions and show wrong answers."""
    from orchestration import genie
    from orchestration.console import RunConsole
    from orchestration.settings import load_settings

    with RunConsole() as console:
        console.step("Connecting to Databricks")
        space = genie.open_space(load_settings().project_dir, console.note)
        outcome = genie.benchmark(*space, console)
    _show(outcome, at_least)


def _show(outcome: BenchmarkReport, at_least: float) -> None:
    say(str(outcome))
    if outcome.not_wrong < at_least / 100:
        raise typer.Exit(ExitCode.BUILD_FAILED)
