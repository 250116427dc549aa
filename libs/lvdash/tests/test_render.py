"""Drawing without a browser: what is in the page and in the report."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from lvdash import LvdashError, lint, open_database, render
from lvdash.text import to_html

Draw = Callable[..., tuple[Any, Any]]


def findings_of(report: Any) -> str:
    return " ".join(str(finding) for finding in report.findings)


def test_every_kind_of_widget_is_drawn(board: Any, draw: Draw) -> None:
    untouched = copy.deepcopy(board)
    report, model = draw(board)
    assert report.findings == []
    assert report.complete
    assert report.rows == {"sales": 6, "customers": 3}
    assert report.widgets == 22
    assert report.size == report.page.stat().st_size
    assert model["title"] == "Shop"
    assert board == untouched


def test_an_unknown_widget_is_named_and_the_rest_drawn(board: Any, draw: Draw) -> None:
    board.spec("pivot")["widgetType"] = "sankey"
    report, model = draw(board)
    assert [finding.where for finding in report.findings] == ["page 'Sales', widget 'pivot'"]
    assert "sankey" in report.findings[0].what
    drawn = {widget["name"]: widget for widget in model["pages"][0]["widgets"]}
    assert "sankey" in drawn["pivot"]["problem"]
    assert report.widgets == 21


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select nothing from orders", "nothing"),
        ("select 1 as order_month; select 2", "2 statements"),
        ("select * from nowhere", "nowhere"),
        ("select order_date from orders", "no column"),
        ("selec 1", "SQL"),
        ("select * from read_csv('/etc/passwd')", "disabled"),
    ],
)
def test_a_data_set_that_fails_is_named_in_page_and_report(
    board: Any, draw: Draw, sql: str, said: str
) -> None:
    board.dataset("sales")["queryLines"] = [sql]
    report, model = draw(board)
    assert said in findings_of(report)
    assert said in model["datasets"]["sales"]["problem"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda b: b.query("orders")["fields"][0].update(expression="PERCENTILE(`amount`, 0.5)"),
            "PERCENTILE",
        ),
        (lambda b: b.spec("orders")["encodings"]["value"].update(fieldName="other"), "'other'"),
        (lambda b: b.spec("stacked")["encodings"].pop("y"), "the encoding 'y'"),
        (lambda b: b.widget("orders").update(queries=[]), "without a query"),
        (lambda b: b.query("orders").update(datasetName="lost"), "'lost'"),
    ],
)
def test_what_cannot_be_drawn_is_named(
    board: Any, draw: Draw, change: Callable[[Any], object], said: str
) -> None:
    change(board)
    report, _ = draw(board)
    assert len(report.findings) == 1
    assert said in findings_of(report)


def test_a_file_of_unexpected_types_is_drawn_as_far_as_it_goes(board: Any, draw: Draw) -> None:
    board["datasets"].append("text")
    board["pages"] += [None, {"layout": [{"widget": 5}, {"widget": {"spec": []}}]}]
    board.widget("table")["queries"] = {"query": None}
    board.spec("pie")["encodings"] = []
    report, _ = draw(board)
    assert report.widgets == 20


def test_an_optional_widget_without_rows_leaves_no_gap(
    board: Any, draw: Draw, tmp_path: Path
) -> None:
    names = {"shares", "by_category"}
    (tmp_path / "shop.page.json").write_text(json.dumps({"optional": [*names, "table"]}))
    full = {each["name"]: each for each in draw(board)[1]["pages"][0]["widgets"]}
    for name in names:
        board.query(name)["datasetName"] = "nothing"
    lines = ["select * from (", *board.dataset("sales")["queryLines"], ") where false"]
    board["datasets"].append(board.dataset("sales") | {"name": "nothing", "queryLines": lines})
    left = {each["name"]: each for each in draw(board)[1]["pages"][0]["widgets"]}
    assert full.keys() - left.keys() == names
    assert left["grouped"]["position"]["y"] == full["grouped"]["position"]["y"]
    assert left["line"]["position"]["y"] == full["shares"]["position"]["y"]
    board.position("line").update(y="top", height=None)
    report, _ = draw(board)
    assert report.complete, "a place of unexpected types counts as none"


def test_a_large_data_set_is_reported(board: Any, draw: Draw) -> None:
    more = "cross join (select explode(sequence(1, 20000)) as n) as copies\n"
    board.dataset("sales")["queryLines"].append(more)
    report, _ = draw(board)
    assert report.rows["sales"] == 120_000
    assert "120,000 rows" in findings_of(report)


@pytest.mark.parametrize(
    "change",
    [
        {"queryLines": ["select order_number as customer from returns"], "schema": "audit"},
        {"queryLines": ["select order_number as customer from audit.returns"]},
        {"queryLines": ["select order_number as customer from main.audit.returns"]},
        {"queryLines": [], "query": "select order_number as customer from returns"},
    ],
)
def test_tables_of_other_schemas_are_found(board: Any, draw: Draw, change: Any) -> None:
    board.dataset("customers").update(change)
    board["pages"][1]["layout"] = board["pages"][1]["layout"][3:]
    board.widget("country")["queries"].pop()
    board.spec("country")["encodings"]["fields"].pop()
    report, _ = draw(board)
    assert report.findings == []
    assert report.rows["customers"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"currency": 1}',
        '{"comparison": {"a": 1}}',
        '{"drill": [1]}',
        '{"periods": {"kind": "period_kind"}}',
        '{"colour": "red"}',
    ],
)
def test_settings_that_cannot_be_used_are_refused(
    board: Any, draw: Draw, tmp_path: Path, text: str
) -> None:
    (tmp_path / "shop.page.json").write_text(text)
    with pytest.raises(LvdashError, match=r"shop\.page\.json") as refused:
        draw(board)
    assert refused.value.exit_code == 3
    assert refused.value.remedy


def test_parameters_take_their_default_or_the_value_of_the_widget(board: Any, draw: Draw) -> None:
    def selection(value: str) -> Any:
        return {"values": {"dataType": "STRING", "values": [{"value": value}]}}

    data = board.dataset("customers")
    data["queryLines"].insert(-1, "where country = :land and order_date >= :since.min\n")
    since = {"range": {"min": {"value": "2024-01-31"}}}
    data["parameters"] = [
        {"keyword": "land", "dataType": "STRING", "defaultSelection": selection("France")},
        {"keyword": "since", "dataType": "DATE", "defaultSelection": since},
    ]
    values = [{"keyword": "land", "selection": selection("Germany")}]
    board.query("customers_by_country")["parameterValues"] = values
    _, model = draw(board)
    found = model["datasets"]
    rows = {key: item["rows"] for key, item in found.items() if item["name"] == "customers"}
    assert sorted(rows.values()) == [1, 2]
    assert rows["customers"] == 2


def test_forms_of_other_authors_are_read(
    board: Any, draw: Draw, tables: Any, tmp_path: Path
) -> None:
    for page in board["pages"][:2]:
        del page["pageType"]
    data = board.dataset("sales")
    data["query"] = "".join(data.pop("queryLines"))
    board.spec("month")["selection"]["defaultSelection"]["range"]["min"]["value"] = "now-24h/h"
    del board["uiSettings"]
    month = board.query("two_measures")["fields"][0]
    month["expression"] = 'DATE_TRUNC("HOUR", `order_date`)'
    report, _ = draw(board)
    assert report.findings == []
    assert lint(board.save(tmp_path / "shop.lvdash.json"), tables) == []


def test_a_metric_view_that_is_not_there_is_named(
    board: Any, draw: Draw, tables: Any, tmp_path: Path
) -> None:
    board["datasets"][1] = {
        "name": "customers",
        "displayName": "Customers",
        "asset_name": "main.shop.customer_metrics",
    }
    report, _ = draw(board)
    assert "customer_metrics" in findings_of(report)
    found = lint(board.save(tmp_path / "shop.lvdash.json"), tables)
    assert {finding.level for finding in found} == {"note"}


def test_the_connection_reads_the_database_and_nothing_else(database: Path) -> None:
    with open_database(database) as opened:
        found = opened.connection.execute("select count(*) from db.main.orders").fetchone()
        assert found == (6,)
        for sql in (
            "create table db.main.mine (a int)",
            "select * from read_csv('/etc/passwd')",
            "attach '/tmp/other.duckdb' as other",
            "copy (select 1) to '/tmp/stolen.csv'",
            "set enable_external_access = true",
        ):
            with pytest.raises(duckdb.Error):
                opened.connection.execute(sql)


def test_the_same_input_gives_the_same_page(example: Path, database: Path, tmp_path: Path) -> None:
    pages = [render(example, database, tmp_path / name).page for name in ("a.html", "b.html")]
    assert pages[0].read_bytes() == pages[1].read_bytes()


def test_a_page_is_replaced_as_a_whole_or_not_at_all(
    example: Path, database: Path, tmp_path: Path
) -> None:
    out = tmp_path / "site" / "page.html"
    out.parent.mkdir()
    out.write_text("old")
    broken = tmp_path / "broken.duckdb"
    broken.write_text("not a database " * 100)
    for other in (tmp_path / "none.duckdb", broken):
        with pytest.raises(LvdashError) as refused:
            render(example, other, out)
        assert other.name in refused.value.message
        assert refused.value.remedy
        assert refused.value.exit_code == 5
        assert out.read_text() == "old"
    render(example, database, out)
    assert out.stat().st_size > 100_000
    assert [path.name for path in out.parent.iterdir()] == ["page.html"]


def test_only_columns_that_are_drawn_are_in_the_page(board: Any, draw: Draw) -> None:
    board.dataset("sales")["queryLines"].insert(1, "    orders.customer as drawn_nowhere,\n")
    report, model = draw(board)
    assert "order_number" in model["datasets"]["sales"]["columns"]
    assert "drawn_nowhere" not in report.page.read_text(encoding="utf-8")


def test_markdown_is_markup_and_html_stays_text() -> None:
    html = to_html("# A <b>\n\nOne **two**\n- [three](https://example.com)\n- [x](javascript:a)")
    assert html.replace("\n", "") == (
        "<h2>A &lt;b&gt;</h2><p>One <strong>two</strong></p><ul>"
        '<li><a href="https://example.com">three</a></li><li>[x](javascript:a)</li></ul>'
    )


def test_columns_without_a_name_are_not_checked(
    board: Any, draw: Draw, tables: Any, tmp_path: Path
) -> None:
    board.rewrite(" as revenue", "", "customers")
    board.query("customers")["fields"][2]["expression"] = "`sum(amount)`"
    report, _ = draw(board)
    assert report.findings == []
    assert lint(board.save(tmp_path / "shop.lvdash.json"), tables) == []


def test_the_old_form_of_a_widget_is_a_note(board: Any, draw: Draw, tmp_path: Path) -> None:
    old = {"version": 0, "viz_spec": {"viz_type": "COUNTER", "display_name": "Orders"}}
    board.widget("orders")["spec"] = old
    del board.query("orders")["fields"]
    report, _ = draw(board)
    assert "COUNTER" in findings_of(report)
    found = lint(board.save(tmp_path / "shop.lvdash.json"))
    assert [finding.level for finding in found] == ["note"]


def test_what_figures_mean_comes_with_the_data(
    board: Any, draw: Draw, tmp_path: Path, database: Path
) -> None:
    described = tmp_path / "described.duckdb"
    described.write_bytes(database.read_bytes())
    with duckdb.connect(str(described)) as connection:
        connection.execute("comment on column products.category is 'Kind of the `product`.'")
    _, model = draw(board, described, definitions={"revenue": "Sum of amounts."})
    widgets = [widget for page in model["pages"] for widget in page["widgets"]]
    meaning = {widget["name"]: [text for _, text in widget["meaning"]] for widget in widgets}
    assert sorted(meaning["by_category"]) == ["Kind of the product.", "Sum of amounts."]
    assert meaning["category"] == []
