"""`lakehouse diff`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def diff(
    revision: Annotated[
        str, typer.Argument(help="What to compare with: a branch, a tag, a commit.")
    ] = "main",
    markdown: Annotated[
        Path | None, typer.Option(help="Also write it into this file, for a pull request.")
    ] = None,
    pictures: Annotated[
        Path | None, typer.Option(help="Pictures of the dashboard before and after, a folder.")
    ] = None,
    landing: Annotated[
        Path | None, typer.Option(help="The folder of the files; default LAKEHOUSE_LANDING.")
    ] = None,
    scale: Annotated[
        float, typer.Option(min=0.01, help="Of the sample that is used where there are no files.")
    ] = 1.0,
) -> None:
    """Show what the present state of the project changes in the numbers."""
    from orchestration.console import RunConsole
    from orchestration.settings import load_settings
    from tools.diff.command import Options
    from tools.diff.command import diff as compare_with

    options = Options(
        revision,
        markdown.expanduser().absolute() if markdown else None,
        pictures.expanduser().absolute() if pictures else None,
        scale,
    )
    compare_with(load_settings(landing=landing), options, RunConsole(models=False))
