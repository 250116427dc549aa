"""Finds what Databricks accepts in a dashboard file and then shows blank or wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lvdash import definition
from lvdash.definition import Finding
from lvdash.lint.datasets import check_datasets
from lvdash.lint.filters import check_filters
from lvdash.lint.sheets import check_sheets
from lvdash.lint.widgets import check_widgets
from orchestration.errors import ExitCode, LakehouseError

__all__ = ["lint"]


def lint(dashboard: Path, gold_columns: Mapping[str, set[str]]) -> list[Finding]:
    """Judge a dashboard file without a workspace.

    Args:
        dashboard: the `.lvdash.json` file.
        gold_columns: the columns of the tables that data sets may read, all of gold, by their name.

    Returns:
        What is wrong, in the order of the file; empty when nothing is.

    Raises:
        LakehouseError: when the file cannot be read at all.
    """
    try:
        board = definition.load(dashboard)
    except LakehouseError as error:
        if error.exit_code == ExitCode.IO:
            raise
        return [Finding(dashboard.name, error.message, error.remedy)]
    columns, findings = check_datasets(board, gold_columns)
    findings += check_sheets(board)
    findings += check_widgets(board, columns)
    findings += check_filters(board, columns)
    return findings
