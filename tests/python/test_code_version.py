"""A change of the code that decides what a model holds makes the next run make all of it again."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from typing import Any

import pytest

from tests.python.conftest import ROWS
from tests.python.lake import OF_RUNS, Lake

DAY = date(2026, 11, 23)
PACKAGE = "sales_lakehouse"


def decides(manifest: Any, model: str) -> dict[str, str]:
    """The text of every model, snapshot and macro of the project from staging to a model.

    Models are taken as they were read: a build adds macros to what they depend on.
    """
    found: dict[str, str] = {}
    waiting = [model]
    while waiting:
        unique_id = waiting.pop()
        if macro := manifest.macros.get(unique_id):
            package, text, parents = macro.package_name, macro.macro_sql, macro.depends_on.macros
        elif node := manifest.flat_graph["nodes"].get(unique_id):
            if node["original_file_path"].startswith(("models/bronze", "seeds")):
                continue
            package, text = node["package_name"], node["raw_code"]
            parents = node["depends_on"]["macros"] + node["depends_on"]["nodes"]
        else:
            continue  # a source
        if package == PACKAGE and unique_id not in found:
            found[unique_id] = text
            waiting += parents
    return found


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
    # What the month and the day of the order decide, and when the line was validated.
    of_the_day = {"order_month", "month_number", "month_part", "compared_day", "is_compared"}
    assert columns - of_the_day - {"validated_at"} == counted & columns


@pytest.mark.slow
def test_a_run_after_an_edit_equals_a_full_refresh(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One edit stands for all, because the test above proves that each of them is seen."""
    for name, row in ROWS.items():
        lake.land(name, [row], datetime(2026, 11, 22, 6))
    undated = "SO2,FR-R92B-58,11000,0,20261120,20261125,24,2,12"
    lake.land("source_crm/sales_details_2026-11-22.csv", [undated], datetime(2026, 11, 22, 6))
    lake.build(DAY)
    before = lake.published(*OF_RUNS)
    macro = lake.manifest.macros[f"macro.{PACKAGE}.duckdb__hash_key"]
    assert "cast(" in macro.macro_sql
    monkeypatch.setattr(macro, "macro_sql", macro.macro_sql.replace("cast(", "-cast(", 1))
    lake.build(DAY)
    by_run = lake.published(*OF_RUNS)
    lake.build(DAY, "--full-refresh")
    assert lake.published(*OF_RUNS) == by_run
    assert by_run["gold.fact_sales"] != before["gold.fact_sales"]
