"""`lakehouse diff`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def diff(
    revision: Annotated[
        str, typer.Argument(help="Branch, tag or commit to compare with.")
    ] = "main",
    markdown: Annotated[
        Path | None, typer.Option(help="Also write a pull request comment to this file.")
    ] = None,
    pictures: Annotated[
        Path | None, typer.Option(help="Folder for pictures of the dashboard before and after.")
    ] = None,
    landing: Annotated[
        Path | None, typer.Option(help="Folder of the source files; default LAKEHOUSE_LANDING.")
    ] = None,
    scale: Annotated[
        float, typer.Option(min=0.01, help="Size of the sample that is used if there are no files.")
    ] = 1.0,
) -> None:
    """Compare the numbers of your working state with another revision."""
    from orchestration.console import RunConsole
    from orchestration.settings import load_settings
    from tools.diff.command import diff as compare_with

    compare_with(
        load_settings(landing=landing),
        RunConsole(models=False),
        revision,
        markdown=markdown.expanduser().absolute() if markdown else None,
        pictures=pictures.expanduser().absolute() if pictures else None,
        scale=scale,
    )
