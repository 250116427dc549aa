"""Finds what Databricks accepts in a dashboard file and then shows blank or wrong."""

from __future__ import annotations

from pathlib import Path

from lvdash.definition import Finding, load
from lvdash.lint.datasets import check_datasets
from lvdash.lint.filters import check_filters
from lvdash.lint.sheets import check_sheets
from lvdash.lint.widgets import check_widgets
from lvdash.tables import Tables

__all__ = ["lint"]


def lint(dashboard: Path, tables: Tables | None = None, *, portable: bool = False) -> list[Finding]:
    """Check a dashboard file without a workspace; findings are in the order of the file.

    Without the `tables` that data sets may read, tables and columns are not checked. `portable`
    also reports catalogs and schemas in data sets, which differ by environment and which a
    Databricks bundle can set (`dataset_catalog`, `dataset_schema`).

    Raises:
        LvdashError: if the file cannot be read or is not a JSON object.
    """
    board = load(dashboard)
    columns, findings = check_datasets(board, tables, portable)
    findings += check_sheets(board)
    findings += check_widgets(board, columns)
    findings += check_filters(board, columns)
    return findings
