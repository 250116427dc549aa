"""`lakehouse genie`: the Genie space as code, into the bundle and into a workspace."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.errors import ExitCode

app = typer.Typer(
    help="The Genie space: write it for the bundle, deploy it, run its benchmark.",
    no_args_is_help=True,
)

_Percent = Annotated[
    float,
    typer.Option(min=0, max=100, help="Percent of the benchmark that must not be wrong."),
]


@app.command()
def write() -> None:
    """Write the space into resources/genie.yml, from genie/*.yml and the documentation."""
    from genie_space.resource import write_resource
    from orchestration.settings import load_settings

    path, changed = write_resource(load_settings().project_dir)
    typer.echo(f"{path} {'is new' if changed else 'is as it was'}.")


@app.command()
def deploy(
    benchmark: Annotated[
        bool, typer.Option("--benchmark", help="Run the benchmark afterwards.")
    ] = False,
    at_least: _Percent = 100,
) -> None:
    """Create the space in the workspace, or bring it up to date; its tables have to be there."""
    from orchestration.console import RunConsole
    from orchestration.databricks import genie as remote
    from orchestration.settings import load_settings

    with RunConsole() as console:
        space, deployed = remote.deploy(load_settings().project_dir, console)
        outcome = remote.benchmark(space, console) if benchmark else None
    typer.echo(f"The space is {deployed.action}: {deployed.link}")
    if outcome:
        typer.echo(str(outcome))
        if outcome.not_wrong < at_least / 100:
            raise typer.Exit(ExitCode.BUILD_FAILED)


@app.command()
def benchmark(at_least: _Percent = 100) -> None:
    """Let the space answer its benchmark questions, and tell what it missed."""
    from orchestration.console import RunConsole
    from orchestration.databricks import genie as remote
    from orchestration.databricks.session import told_on
    from orchestration.settings import load_settings

    with RunConsole() as console:
        console.step("Connecting to Databricks")
        space = remote.open_space(load_settings().project_dir, told_on(console))
        outcome = remote.benchmark(space, console)
    typer.echo(str(outcome))
    if outcome.not_wrong < at_least / 100:
        raise typer.Exit(ExitCode.BUILD_FAILED)
