"""Databricks AI/BI dashboard files (`.lvdash.json`) without a workspace.

`render` draws one on a DuckDB file as one offline HTML page, `lint` finds what Databricks accepts
and then shows blank or wrong, `screenshot` takes pictures of a page.
"""

from __future__ import annotations

from lvdash.data import open_database
from lvdash.definition import Finding
from lvdash.errors import LvdashError
from lvdash.lint import lint
from lvdash.page import RenderReport, render
from lvdash.screenshot import screenshot
from lvdash.tables import Tables

__all__ = [
    "Finding",
    "LvdashError",
    "RenderReport",
    "Tables",
    "lint",
    "open_database",
    "render",
    "screenshot",
]
