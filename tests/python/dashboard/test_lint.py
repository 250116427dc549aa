"""The linter: silent on the dashboard as it is, and every planted defect is found by name."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lvdash import lint
from orchestration.errors import LakehouseError
from tests.python.dashboard import small
from tests.python.dashboard.small import Json

Plant = Callable[[Json], object]


def first(board: Json, kind: str) -> Json:
    """The first widget of a kind, as it stands in the file."""
    for page in board["pages"]:
        for item in page["layout"]:
            if item["widget"].get("spec", {}).get("widgetType") == kind:
                widget: Json = item["widget"]
                return widget
    raise LookupError(kind)


def query(board: Json, kind: str) -> Json:
    body: Json = first(board, kind)["queries"][0]["query"]
    return body


def spec(board: Json, kind: str) -> Json:
    found: Json = first(board, kind)["spec"]
    return found


def data(board: Json, name: str) -> Json:
    found: Json = next(item for item in board["datasets"] if item["name"] == name)
    return found


def rewrite(board: Json, old: str, new: str, name: str = "product_sales") -> None:
    """Change the SQL of a data set."""
    lines = data(board, name)["queryLines"]
    assert any(old in line for line in lines), old
    data(board, name)["queryLines"] = [line.replace(old, new) for line in lines]


def position(board: Json, number: int) -> Json:
    found: Json = board["pages"][0]["layout"][number]["position"]
    return found


def filter_of(board: Json, number: int) -> Json:
    found: Json = board["pages"][-1]["layout"][number]["widget"]
    return found


def drop_binding(board: Json, number: int, dataset: str) -> None:
    """Take a data set out of a filter, query and field."""
    widget = filter_of(board, number)
    keep = [q for q in widget["queries"] if q["query"]["datasetName"] != dataset]
    names = {q["name"] for q in keep}
    fields = widget["spec"]["encodings"]["fields"]
    widget["queries"] = keep
    widget["spec"]["encodings"]["fields"] = [f for f in fields if f["queryName"] in names]


def bind_elsewhere(board: Json) -> None:
    """Bind the product line's filter to a data set that nobody draws."""
    extra = copy.deepcopy(data(board, "product_sales"))
    extra["name"] = "aside"
    board["datasets"].append(extra)
    widget = filter_of(board, 3)
    widget["queries"] = widget["queries"][:1]
    widget["queries"][0]["query"]["datasetName"] = "aside"
    widget["spec"]["encodings"]["fields"] = widget["spec"]["encodings"]["fields"][:1]


DEFECTS: dict[str, tuple[Plant, str]] = {
    # data sets
    "query instead of queryLines": (
        lambda b: data(b, "periods").update(query="".join(data(b, "periods").pop("queryLines"))),
        "queryLines",
    ),
    "lines without line breaks": (
        lambda b: data(b, "periods").update(
            queryLines=[line.rstrip("\n") for line in data(b, "periods")["queryLines"]]
        ),
        "line break",
    ),
    "empty query": (lambda b: data(b, "periods").update(queryLines=[" "]), "no SQL"),
    "two statements": (
        lambda b: data(b, "freshness")["queryLines"].append("; select 1"),
        "2 statements",
    ),
    "no query but a deed": (
        lambda b: data(b, "freshness").update(queryLines=["drop table fact_sales"]),
        "DROP",
    ),
    "no SQL at all": (
        lambda b: data(b, "freshness").update(queryLines=["selec wrong ((\n"]),
        "not Databricks SQL",
    ),
    "a table outside gold": (
        lambda b: rewrite(b, "from fact_sales", "from silver.stg_crm__sales"),
        "silver.stg_crm__sales",
    ),
    "a table that is not there": (
        lambda b: rewrite(b, "dim_customers", "dim_clients"),
        "dim_clients",
    ),
    "gold written out": (
        lambda b: rewrite(b, "from fact_sales", "from gold.fact_sales as fact_sales"),
        "in every environment",
    ),
    "catalog written out": (
        lambda b: rewrite(b, "from fact_sales", "from main.gold.fact_sales as fact_sales"),
        "main.gold.fact_sales",
    ),
    "an unknown column in SQL": (
        lambda b: rewrite(b, "fact_sales.quantity)", "fact_sales.pieces)"),
        "pieces",
    ),
    "two columns of one name": (
        lambda b: rewrite(b, "as gross_profit", "as revenue"),
        "2 columns called 'revenue'",
    ),
    "an undeclared parameter": (
        lambda b: rewrite(
            b, "= months.order_month", "= months.order_month and fact_sales.quantity > :least"
        ),
        ":least",
    ),
    "an unused parameter": (
        lambda b: data(b, "periods").update(
            parameters=[{"keyword": "unused", "dataType": "STRING"}]
        ),
        ":unused",
    ),
    "a data set nobody uses": (
        lambda b: b["datasets"].append({**data(b, "periods"), "name": "spare"}),
        "No widget uses it",
    ),
    "two data sets of one name": (
        lambda b: b["datasets"].append(copy.deepcopy(data(b, "periods"))),
        "used 2 times",
    ),
    "a catalog of its own": (
        lambda b: data(b, "periods").update(catalog="main"),
        "catalog 'main'",
    ),
    "a schema of its own": (
        lambda b: data(b, "periods").update(schema="gold"),
        "overridden",
    ),
    "a measure of an unknown column": (
        lambda b: data(b, "product_sales")["columns"][0].update(expression="SUM(`turnover`)"),
        "turnover",
    ),
    "a measure called like a column": (
        lambda b: data(b, "product_sales")["columns"][0].update(displayName="revenue"),
        "also a column",
    ),
    "an unknown key of the file": (lambda b: b.update(widgets=[]), "'widgets'"),
    # pages and places
    "no page type": (lambda b: b["pages"][0].pop("pageType"), "no 'pageType'"),
    "a wrong page type": (
        lambda b: b["pages"][0].update(pageType="PAGE_CANVAS"),
        "PAGE_CANVAS",
    ),
    "an empty page": (
        lambda b: b["pages"].append(
            {"name": "x", "displayName": "X", "pageType": "PAGE_TYPE_CANVAS", "layout": []}
        ),
        "no widgets",
    ),
    "widths that do not add up": (lambda b: position(b, 7).update(width=3), "add up to 5 of 6"),
    "an empty row": (
        lambda b: [
            p["position"].update(y=p["position"]["y"] + 1)
            for p in b["pages"][1]["layout"]
            if p["position"]["y"] > 0
        ],
        "is empty",
    ),
    "a widget over another": (lambda b: position(b, 2).update(x=0), "lies over"),
    "a widget beyond the sheet": (
        lambda b: position(b, 6).update(x=6, width=7),
        "reaches column",
    ),
    "no size": (lambda b: position(b, 1).update(width=0), "four whole numbers"),
    "two widgets of one name": (
        lambda b: first(b, "pivot").update(name="revenue"),
        "used 2 times",
    ),
    "a name with blanks": (lambda b: first(b, "pivot").update(name="my pivot"), "letters, digits"),
    "a colour that is none": (
        lambda b: b["uiSettings"]["theme"].update(visualizationColors=["blue"]),
        "'blue' is no colour",
    ),
    "a colour beyond the palette": (
        lambda b: b["uiSettings"]["theme"].update(visualizationColors=["#000000"]),
        "palette of 1",
    ),
    # widgets
    "a wrong version": (lambda b: spec(b, "bar").update(version=2), "Version 2 of a bar"),
    "a counter of version 3": (lambda b: spec(b, "counter").update(version=3), "Version 3"),
    "an unknown widget type": (
        lambda b: spec(b, "pivot").update(widgetType="matrix"),
        "'matrix'",
    ),
    "a widget the local page lacks": (
        lambda b: spec(b, "pivot").update(widgetType="heatmap"),
        "not on the local page",
    ),
    "an unknown data set": (
        lambda b: query(b, "bar").update(datasetName="sales_by_moon"),
        "sales_by_moon",
    ),
    "a field that is not an encoding's": (
        lambda b: spec(b, "counter")["encodings"]["value"].update(fieldName="sum(revenue)"),
        "'sum(revenue)'",
    ),
    "a field of an unknown column": (
        lambda b: query(b, "bar")["fields"].append({"name": "moon", "expression": "`moon`"}),
        "reads moon",
    ),
    "a field that splits rows unseen": (
        lambda b: query(b, "bar")["fields"].append({"name": "x", "expression": "`category`"}),
        "not drawn",
    ),
    "an unknown function": (
        lambda b: query(b, "bar")["fields"][1].update(expression="PERCENTILE(`revenue`, 0.5)"),
        "is not understood",
    ),
    "an unknown measure": (
        lambda b: query(b, "bar")["fields"][1].update(expression="MEASURE(`Turnover`)"),
        "Turnover",
    ),
    "sums of rows shown as they are": (
        lambda b: query(b, "bar").update(disaggregated=True),
        "as they are",
    ),
    "a measure that is not added up": (
        lambda b: query(b, "bar")["fields"][1].update(expression="`revenue`"),
        "without adding it up",
    ),
    "an unknown key of a query": (
        lambda b: query(b, "table").update(limit=10),
        "'limit'",
    ),
    "a missing encoding": (lambda b: spec(b, "bar")["encodings"].pop("y"), "encoding 'y'"),
    "no scale type": (
        lambda b: spec(b, "bar")["encodings"]["x"].pop("scale"),
        "no scale type",
    ),
    "an axis named like its expression": (
        lambda b: spec(b, "bar")["encodings"]["y"].pop("displayName"),
        "would show the name",
    ),
    "no title": (lambda b: spec(b, "bar").update(frame={"showTitle": False}), "no title"),
    "an order without direction": (
        lambda b: query(b, "table")["orders"][0].pop("direction"),
        "no direction",
    ),
    "a widget without query": (lambda b: first(b, "bar").update(queries=[]), "asks no data set"),
    # filters
    "a filter of an unknown column": (
        lambda b: filter_of(b, 1)["queries"][0]["query"]["fields"][0].update(expression="`land`"),
        "reads land",
    ),
    "a filter that misses a data set": (
        lambda b: drop_binding(b, 1, "sales_summary"),
        "does not act on the data set 'sales_summary'",
    ),
    "a filter that reaches nothing": (bind_elsewhere, "filters nothing"),
    "a filter without fields": (
        lambda b: filter_of(b, 1)["spec"]["encodings"].update(fields=[]),
        "bound to no field",
    ),
    "a filter's query that is not bound": (
        lambda b: filter_of(b, 1)["spec"]["encodings"]["fields"].pop(),
        "stays unfiltered",
    ),
    "a filter's field of an unknown query": (
        lambda b: filter_of(b, 1)["spec"]["encodings"]["fields"][0].update(queryName="q9"),
        "query 'q9'",
    ),
    "a default that is no date": (
        lambda b: filter_of(b, 0)["spec"]["selection"]["defaultSelection"]["range"]["min"].update(
            value="last year"
        ),
        "'last year'",
    ),
    "a default of the wrong kind": (
        lambda b: filter_of(b, 2)["spec"].update(
            selection={"defaultSelection": {"range": {"min": {"value": "now"}}}}
        ),
        "not of the kind",
    ),
    "a chart among the filters": (
        lambda b: b["pages"][-1]["layout"].append(copy.deepcopy(b["pages"][0]["layout"][7])),
        "filters only",
    ),
}


@pytest.fixture(scope="module")
def board(dashboard_file: Path) -> Json:
    read: Json = json.loads(dashboard_file.read_text(encoding="utf-8"))
    return read


def test_the_dashboard_is_clean(
    dashboard_file: Path, published_columns: dict[str, set[str]]
) -> None:
    assert lint(dashboard_file, published_columns) == []


def test_a_small_dashboard_of_every_kind_is_clean(tmp_path: Path) -> None:
    file = small.save(small.every_kind(), tmp_path / "small.lvdash.json")
    assert lint(file, small.COLUMNS) == []


@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_is_found(
    name: str, board: Json, published_columns: dict[str, set[str]], tmp_path: Path
) -> None:
    plant, said = DEFECTS[name]
    spoiled = copy.deepcopy(board)
    plant(spoiled)
    assert spoiled != board, "nothing was planted"
    findings = lint(small.save(spoiled, tmp_path / "gold_sales.lvdash.json"), published_columns)
    assert any(said in finding.what for finding in findings), [str(f) for f in findings]
    for finding in findings:
        assert finding.where
        assert finding.remedy.endswith(".")


def test_text_that_runs_together_is_found(tmp_path: Path) -> None:
    board = small.every_kind()
    board["pages"][0]["layout"][0]["widget"]["multilineTextboxSpec"]["lines"] = ["# One", "Two"]
    findings = lint(small.save(board, tmp_path / "a.lvdash.json"), small.COLUMNS)
    assert ["run into each other" in finding.what for finding in findings] == [True]


def test_what_is_no_json_is_a_finding_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "a.lvdash.json"
    file.write_text('{"datasets": [,]}')
    findings = lint(file, {})
    assert len(findings) == 1
    assert "line 1" in findings[0].what


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LakehouseError):
        lint(tmp_path / "none.lvdash.json", {})
