"""A change of the code that decides what a model holds makes the next run make all of it again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import pytest

from tests.python.conftest import ROWS
from tests.python.lake import OF_RUNS, Lake

DAY = date(2026, 11, 23)
PACKAGE = "sales_lakehouse"


def decides(manifest: Any, model: str) -> dict[str, str]:
    """The text of every model, snapshot and macro of the project from staging to a model."""
    found: dict[str, str] = {}
    waiting = [model]
    while waiting:
        unique_id = waiting.pop()
        part = manifest.macros.get(unique_id) or manifest.nodes.get(unique_id)
        known = unique_id in found or part is None or part.package_name != PACKAGE
        if known or part.original_file_path.startswith(("models/bronze", "seeds")):
            continue
        is_macro = unique_id.startswith("macro.")
        found[unique_id] = part.macro_sql if is_macro else part.raw_code
        waiting += [*part.depends_on.macros, *getattr(part.depends_on, "nodes", [])]
    return found


@contextmanager
def edited(lake: Lake, unique_id: str, old: str, new: str) -> Iterator[None]:
    """The project with another text in one place."""
    part = lake.manifest.macros.get(unique_id) or lake.manifest.nodes[unique_id]
    attribute = "macro_sql" if unique_id.startswith("macro.") else "raw_code"
    text = getattr(part, attribute)
    assert old in text, unique_id
    setattr(part, attribute, text.replace(old, new, 1))
    lake.manifest.build_flat_graph()
    try:
        yield
    finally:
        setattr(part, attribute, text)
        lake.manifest.build_flat_graph()


@pytest.mark.parametrize("name", ["fact_sales", "dashboard_customer_counts"])
def test_every_part_of_the_code_counts(lake: Lake, name: str) -> None:
    model = f"model.{PACKAGE}.{name}"
    parts = decides(lake.manifest, model)
    assert {model, f"macro.{PACKAGE}.to_amount"} <= parts.keys()
    assert json.loads(lake.render(f"{{{{ tojson(upstream_code('{model}')) }}}}")) == parts


def test_the_version_depends_on_variables_and_the_model(lake: Lake) -> None:
    version = "{{ code_version() }}"
    assert lake.render(version, company_start="2001-01-01") != lake.render(version)
    counts = f"{{{{ code_version('model.{PACKAGE}.dashboard_customer_counts') }}}}"
    assert lake.render(counts) != lake.render(version)


def test_every_column_of_an_order_line_counts(lake: Lake) -> None:
    nodes = lake.manifest.nodes
    columns = set(nodes[f"model.{PACKAGE}.dashboard_lines"].columns)
    code = nodes[f"model.{PACKAGE}.dashboard_month_versions"].raw_code
    counted = set(re.findall(r"'(\w+)'", code))
    # What depends on the month only; the lines that are compared are counted apart.
    of_the_month = {"order_month", "month_number", "month_part", "is_compared"}
    assert columns - of_the_month == counted & columns


@pytest.mark.slow
def test_a_run_after_an_edit_equals_a_full_refresh(lake: Lake) -> None:
    """One edit stands for all, because the test above proves that each of them is seen."""
    for name, row in ROWS.items():
        lake.land(name, [row], datetime(2026, 11, 22, 6))
    undated = "SO2,FR-R92B-58,11000,0,20261120,20261125,24,2,12"
    lake.land("source_crm/sales_details_2026-11-22.csv", [undated], datetime(2026, 11, 22, 6))
    lake.build(DAY)
    before = lake.published(*OF_RUNS)
    with edited(lake, f"macro.{PACKAGE}.duckdb__hash_key", "cast(", "-cast("):
        lake.build(DAY)
        by_run = lake.published(*OF_RUNS)
        lake.build(DAY, "--full-refresh")
        assert lake.published(*OF_RUNS) == by_run
    assert by_run["gold.fact_sales"] != before["gold.fact_sales"]
