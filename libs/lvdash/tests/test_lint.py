"""The linter: silent on the example, and every planted defect is found by name."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lvdash import Tables, lint

Plant = Callable[[Any], object]


def drop_binding(board: Any, keep: int) -> None:
    """Leave a filter of two data sets one of them."""
    widget = board.widget("country")
    widget["queries"] = [widget["queries"][keep]]
    fields = widget["spec"]["encodings"]["fields"]
    widget["spec"]["encodings"]["fields"] = [fields[keep]]


def bind_elsewhere(board: Any) -> None:
    """Bind a filter to a data set that no widget draws."""
    board["datasets"].append({**board.dataset("sales"), "name": "other"})
    board.query("category")["datasetName"] = "other"


ERRORS: dict[str, tuple[Plant, str]] = {
    # data sets
    "an empty query": (lambda b: b.dataset("sales").update(queryLines=[" "]), "no SQL"),
    "two statements": (
        lambda b: b.dataset("sales")["queryLines"].append("; select 1"),
        "2 statements",
    ),
    "no query": (lambda b: b.dataset("sales").update(queryLines=["drop table orders"]), "DROP"),
    "no SQL": (
        lambda b: b.dataset("sales").update(queryLines=["selec wrong ((\n"]),
        "cannot be parsed",
    ),
    "an unknown table": (lambda b: b.rewrite("from orders", "from clients"), "'clients'"),
    "a schema in SQL": (
        lambda b: b.rewrite("from orders", "from main.orders as orders"),
        "that schema in every environment",
    ),
    "a catalog in SQL": (
        lambda b: b.rewrite("from orders", "from prod.main.orders as orders"),
        "that catalog in every environment",
    ),
    "an unknown column in SQL": (lambda b: b.rewrite("orders.country", "orders.land"), "land"),
    "an undeclared parameter": (lambda b: b.rewrite("> 1", "> :least"), ":least"),
    "two data sets of one name": (
        lambda b: b["datasets"].append(copy.deepcopy(b.dataset("sales"))),
        "used 2 times",
    ),
    "a catalog of its own": (
        lambda b: b.dataset("sales").update(catalog="main"),
        "catalog 'main'",
    ),
    "a schema of its own": (lambda b: b.dataset("sales").update(schema="main"), "overridden"),
    "a measure of an unknown column": (
        lambda b: b.dataset("sales")["columns"][0].update(expression="SUM(`turnover`)"),
        "turnover",
    ),
    "a measure called like a column": (
        lambda b: b.dataset("sales")["columns"][0].update(displayName="amount"),
        "also a column",
    ),
    # pages and positions
    "no page": (lambda b: b.update(pages=b["pages"][2:]), "no page to show"),
    "a widget over another": (lambda b: b.position("orders").update(x=0), "overlaps"),
    "a widget beyond the page": (
        lambda b: b.position("orders").update(x=6, width=7),
        "reaches column",
    ),
    "no size": (lambda b: b.position("orders").update(width=0), "four whole numbers"),
    "two widgets of one name": (
        lambda b: b.widget("pivot").update(name="revenue"),
        "used 2 times",
    ),
    # widgets
    "an unknown data set": (lambda b: b.query("pie").update(datasetName="moon"), "'moon'"),
    "a field that is not an encoding's": (
        lambda b: b.spec("revenue")["encodings"]["value"].update(fieldName="sum(revenue)"),
        "'sum(revenue)'",
    ),
    "a field of an unknown column": (
        lambda b: b.query("pie")["fields"].append({"name": "moon", "expression": "`moon`"}),
        "reads moon",
    ),
    "an unknown measure": (
        lambda b: b.query("pie")["fields"][1].update(expression="MEASURE(`Turnover`)"),
        "Turnover",
    ),
    "sums of single rows": (lambda b: b.query("pie").update(disaggregated=True), "one by one"),
    "a widget without query": (lambda b: b.widget("pie").update(queries=[]), "asks no data set"),
    "a value of an undeclared parameter": (
        lambda b: b.query("pie").update(parameterValues=[{"keyword": "k"}]),
        ":k",
    ),
    # filters
    "a filter of an unknown column": (
        lambda b: b.query("category")["fields"][0].update(expression="`kind`"),
        "reads kind",
    ),
    "a filter that reaches nothing": (bind_elsewhere, "filters nothing"),
    "a filter without fields": (
        lambda b: b.spec("category")["encodings"].update(fields=[]),
        "bound to no field",
    ),
    "a filter's query that is not bound": (
        lambda b: b.spec("country")["encodings"]["fields"].pop(),
        "stays unfiltered",
    ),
    "a filter's field of an unknown query": (
        lambda b: b.spec("country")["encodings"]["fields"][0].update(queryName="q9"),
        "query 'q9'",
    ),
    "a default of the wrong kind": (
        lambda b: b.spec("category").update(
            selection={"defaultSelection": {"range": {"min": {"value": "now"}}}}
        ),
        "not of the kind",
    ),
    "a chart among the filters": (
        lambda b: b["pages"][2]["layout"].append(copy.deepcopy(b["pages"][0]["layout"][5])),
        "filters only",
    ),
}
"""What is blank or wrong on Databricks."""

NOTES: dict[str, tuple[Plant, str]] = {
    "a missing encoding": (
        lambda b: b.spec("stacked")["encodings"].pop("y"),
        "without the encoding 'y'",
    ),
    "a colour beyond the palette": (
        lambda b: b["uiSettings"]["theme"].update(visualizationColors=["#000000"]),
        "palette of 1",
    ),
    "two columns of one name": (
        lambda b: b.rewrite("orders.quantity,", "orders.quantity as amount,"),
        "2 columns called 'amount'",
    ),
    "lines without line breaks": (
        lambda b: b.dataset("customers").update(
            queryLines=["select customer from\n", "or", "ders"]
        ),
        "no line break",
    ),
    "an unused parameter": (
        lambda b: b.dataset("sales").update(parameters=[{"keyword": "k", "dataType": "STRING"}]),
        "does not use the parameter ':k'",
    ),
    "an unused data set": (
        lambda b: b["datasets"].append({**b.dataset("sales"), "name": "spare"}),
        "No widget uses it",
    ),
    "an unknown key of the file": (lambda b: b.update(widgets=[]), "'widgets'"),
    "an unknown key of a data set": (lambda b: b.dataset("sales").update(a=1), "'a'"),
    "an unknown key of a query": (lambda b: b.query("table").update(limit=10), "'limit'"),
    "an unknown page type": (lambda b: b["pages"][0].update(pageType="OTHER"), "OTHER"),
    "an empty page": (lambda b: b["pages"].append({"name": "x", "layout": []}), "no widgets"),
    "widths that do not add up": (
        lambda b: b.position("stacked").update(width=2),
        "add up to 5 of 6",
    ),
    "an empty row": (
        lambda b: [b.position(name).update(y=26) for name in ("two_measures",)],
        "is empty",
    ),
    "an unknown colour": (
        lambda b: b["uiSettings"]["theme"].update(visualizationColors=["blue", "#000000"]),
        "'blue'",
    ),
    "an unknown version": (lambda b: b.spec("pie").update(version=2), "Version 2 of a pie"),
    "an unknown widget type": (lambda b: b.spec("pie").update(widgetType="heatmap"), "'heatmap'"),
    "text that runs together": (
        lambda b: b.widget("words").update(multilineTextboxSpec={"lines": ["# One", "Two"]}),
        "run into each other",
    ),
    "a field that splits rows": (
        lambda b: b.query("pie")["fields"].append({"name": "c", "expression": "`country`"}),
        "not drawn",
    ),
    "an unknown function": (
        lambda b: b.query("pie")["fields"][1].update(expression="PERCENTILE(`amount`, 0.5)"),
        "is not known here",
    ),
    "an axis without aggregate": (
        lambda b: b.query("stacked")["fields"][1].update(expression="`amount`"),
        "without aggregating",
    ),
    "no scale": (lambda b: b.spec("line")["encodings"]["x"].pop("scale"), "no scale type"),
    "no name in words": (
        lambda b: b.spec("stacked")["encodings"]["y"].pop("displayName"),
        "shows the name",
    ),
    "no title": (lambda b: b.spec("pie").update(frame={"showTitle": False}), "no title"),
    "an order without direction": (
        lambda b: b.query("table")["orders"][0].pop("direction"),
        "no direction",
    ),
    "a filter that misses a data set": (
        lambda b: drop_binding(b, 0),
        "does not act on the data set 'customers'",
    ),
    "a default that is no date": (
        lambda b: b.spec("month")["selection"]["defaultSelection"]["range"]["min"].update(
            value="last year"
        ),
        "'last year'",
    ),
}
"""What is not known here, or looks odd."""


def test_the_example_is_clean(example: Path, tables: Tables) -> None:
    assert lint(example, tables, portable=True) == []
    assert lint(example) == []


@pytest.mark.parametrize("name", [*ERRORS, *NOTES])
def test_a_planted_defect_is_found(name: str, board: Any, tables: Tables, tmp_path: Path) -> None:
    plant, said = {**ERRORS, **NOTES}[name]
    untouched = copy.deepcopy(board)
    plant(board)
    assert board != untouched, "nothing was planted"
    known = Tables({key: tables.columns[key] for key in tables.columns}, schema="main")
    findings = lint(board.save(tmp_path / "shop.lvdash.json"), known, portable=True)
    level = "error" if name in ERRORS else "note"
    assert any(said in f.what and f.level == level for f in findings), [*map(str, findings)]
    for finding in findings:
        assert finding.where
        assert finding.remedy.endswith(".")
