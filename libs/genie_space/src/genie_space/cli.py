"""The command `genie-space`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config

from genie_space.benchmark import run_benchmarks
from genie_space.build import Document, build_space
from genie_space.definition import parse_definition, read_definition, read_yaml
from genie_space.deploy import SPACE_VARIABLE, deploy_space, find_space
from genie_space.errors import BAD_INPUT, FAILED, IO, USAGE, GenieSpaceError
from genie_space.lint import lint_space

app = typer.Typer(
    name="genie-space",
    help="A Databricks Genie space as code.",
    epilog="Exit codes: 0 all worked, 1 a step failed, 2 wrong usage, 3 unusable file, "
    "5 a file cannot be read or written.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

_File = Annotated[Path, typer.Argument(help="The definition, a YAML file.")]
_Catalog = Annotated[str, typer.Option(help="Catalog of the tables; default the definition's.")]
_Schema = Annotated[str, typer.Option(help="Schema of the tables; default the definition's.")]
_SpaceId = Annotated[
    str, typer.Option(envvar=SPACE_VARIABLE, help="Id of the space; default found by its title.")
]


@app.command()
def write(
    definition: _File,
    catalog: _Catalog = "",
    schema: _Schema = "",
    out: Annotated[Path | None, typer.Option(help="File to write; default the screen.")] = None,
) -> None:
    """Write the space as the JSON that the API and a bundle call serialized_space."""
    space = build_space(read_definition(definition), catalog, schema)
    text = json.dumps(space, ensure_ascii=False, indent=2) + "\n"
    if out is None:
        sys.stdout.write(text)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise GenieSpaceError(
            f"{out} cannot be written: {error.strerror}.", "Choose another path.", IO
        ) from error


@app.command()
def lint(
    file: Annotated[Path, typer.Argument(help="A definition, or a space as JSON.")],
    catalog: _Catalog = "catalog",
    schema: _Schema = "schema",
) -> None:
    """Find what a workspace would refuse, without a workspace."""
    findings = lint_space(_document(file, catalog, schema))
    for finding in findings:
        typer.echo(f"{file}: {finding}")
    if findings:
        raise typer.Exit(FAILED)
    typer.echo(f"{file}: no faults.")


@app.command()
def deploy(
    definition: _File,
    warehouse_id: Annotated[
        str, typer.Option(envvar="DATABRICKS_WAREHOUSE_ID", help="SQL warehouse that answers.")
    ],
    catalog: _Catalog = "",
    schema: _Schema = "",
    space_id: _SpaceId = "",
) -> None:
    """Create the space in the workspace, or update it."""
    described = read_definition(definition)
    deployed = deploy_space(
        _client(),
        build_space(described, catalog, schema),
        title=described.title,
        description=described.description,
        warehouse_id=warehouse_id,
        space_id=space_id,
    )
    typer.echo(f"The space is {deployed.action}: {deployed.link}")


@app.command()
def benchmark(
    definition: _File,
    space_id: _SpaceId = "",
    at_least: Annotated[
        float, typer.Option(min=0, max=100, help="Percent that must not be wrong.")
    ] = 100,
) -> None:
    """Let the space answer its benchmark questions, and list what it missed."""
    client, title = _client(), read_definition(definition).title
    known = space_id or find_space(client, title)
    if not known:
        raise GenieSpaceError(
            f'There is no space with the title "{title}".',
            f"Deploy it first, or set {SPACE_VARIABLE}.",
        )
    outcome = run_benchmarks(client, known, report=lambda line: typer.echo(line, err=True))
    for miss in outcome.misses:
        typer.echo(str(miss))
    typer.echo(str(outcome))
    if outcome.not_wrong < at_least / 100:
        raise typer.Exit(FAILED)


def _document(file: Path, catalog: str, schema: str) -> Document:
    """The space in a file: a definition, a document, or what the API returned."""
    data = read_yaml(file)
    if isinstance(text := data.get("serialized_space"), str):
        try:
            document: Any = json.loads(text)
        except json.JSONDecodeError as error:
            raise GenieSpaceError(
                f"{file}: serialized_space is not JSON: {error}.", "Correct it.", BAD_INPUT
            ) from error
        return dict(document)
    if "version" in data or "data_sources" in data:
        return data
    return build_space(parse_definition(data, str(file)), catalog, schema)


def _client() -> WorkspaceClient:
    try:
        return WorkspaceClient(config=Config(product="genie-space", retry_timeout_seconds=60))
    except ValueError as error:
        raise GenieSpaceError(
            f"No usable credentials: {str(error).split('. Config:')[0]}",
            "Set DATABRICKS_HOST and DATABRICKS_TOKEN, or run `databricks auth login`.",
            USAGE,
        ) from error


def main() -> None:
    """Entry point of the command."""
    try:
        app()
    except GenieSpaceError as error:
        typer.echo(f"Error: {error.message}", err=True)
        if error.remedy:
            typer.echo(f"What to do: {error.remedy}", err=True)
        sys.exit(error.exit_code)
