"""The dashboard: one definition (`dashboards/*.lvdash.json`) for Databricks and for the desk.

`render` draws it on the published gold tables into one offline HTML page, `lint` finds what
Databricks would accept and then show blank or wrong, `screenshot` takes pictures of the page.
"""

from __future__ import annotations

from lvdash.definition import Finding
from lvdash.lint import lint
from lvdash.page import RenderReport, render
from lvdash.screenshot import render_png, screenshot

__all__ = ["Finding", "RenderReport", "lint", "render", "render_png", "screenshot"]
