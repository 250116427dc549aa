"""Rendering without a browser: what is reported, what is in the page, what is not."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from lvdash import RenderReport, render
from lvdash.data import reading
from lvdash.text import to_html
from orchestration.errors import LakehouseError
from tests.python.dashboard import small

MODEL = re.compile(r'<script type="application/json" id="model">(.*?)</script>', re.DOTALL)


@pytest.fixture(scope="module")
def published_small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small.publish(tmp_path_factory.mktemp("small") / "published.duckdb")


def draw(board: small.Json, published: Path, folder: Path) -> tuple[RenderReport, small.Json]:
    file = small.save(board, folder / "small_board.lvdash.json")
    report = render(published, folder / "out" / "page.html", file)
    return report, model_of(report.page)


def model_of(page: Path) -> small.Json:
    found = MODEL.search(page.read_text(encoding="utf-8"))
    assert found
    model: small.Json = json.loads(found[1])
    return model


def test_every_kind_is_drawn(published_small: Path, tmp_path: Path) -> None:
    report, model = draw(small.every_kind(), published_small, tmp_path)
    assert report.findings == []
    assert report.complete
    assert report.rows == {"lines": 6}
    assert report.widgets == 17
    assert report.size == report.page.stat().st_size
    assert model["title"] == "Small Board"


def test_an_unknown_widget_is_said_and_the_rest_drawn(
    published_small: Path, tmp_path: Path
) -> None:
    board = small.every_kind()
    flow = small.widget("flow", "sankey", small.REVENUE, {})
    board["pages"][0]["layout"].append(small.place(flow, 0, 30))
    report, model = draw(board, published_small, tmp_path)
    assert [finding.where for finding in report.findings] == ["page 'All', widget 'flow'"]
    assert "sankey" in report.findings[0].what
    drawn = {w["name"]: w for w in model["pages"][0]["widgets"]}
    assert "sankey" in drawn["flow"]["problem"]
    assert report.widgets == 17


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select nothing from fact_sales", "nothing"),
        ("select 1 as order_month; select 2", "2 statements"),
        ("select * from nowhere", "nowhere"),
        ("select order_date from fact_sales", "no column"),
        ("selec 1", "SQL"),
        ("select * from read_csv('/etc/passwd')", "disabled"),
    ],
)
def test_a_data_set_that_fails_is_said_in_page_and_report(
    published_small: Path, tmp_path: Path, sql: str, said: str
) -> None:
    board = small.every_kind()
    board["datasets"][0]["queryLines"] = [sql]
    report, model = draw(board, published_small, tmp_path)
    assert said in " ".join(finding.what for finding in report.findings)
    assert said in model["datasets"]["lines"]["problem"]


def test_an_unknown_expression_is_said(published_small: Path, tmp_path: Path) -> None:
    board = small.every_kind()
    bad = small.widget(
        "median", "counter", {"m": "PERCENTILE(`quantity`, 0.5)"}, {"value": {"fieldName": "m"}}
    )
    board["pages"][0]["layout"].append(small.place(bad, 0, 30))
    report, _ = draw(board, published_small, tmp_path)
    assert len(report.findings) == 1
    assert "PERCENTILE" in report.findings[0].what.upper()


def test_a_field_that_is_not_asked_for_is_said(published_small: Path, tmp_path: Path) -> None:
    board = small.every_kind()
    board["pages"][0]["layout"][1]["widget"]["spec"]["encodings"]["value"]["fieldName"] = "other"
    report, _ = draw(board, published_small, tmp_path)
    assert "'other'" in report.findings[0].what


def test_a_large_data_set_is_said(published_small: Path, tmp_path: Path) -> None:
    board = small.every_kind()
    many = small.LINES + "cross join (select explode(sequence(1, 20000)) as n) as copies\n"
    board["datasets"][0]["queryLines"] = many.splitlines(keepends=True)
    report, _ = draw(board, published_small, tmp_path)
    assert report.rows == {"lines": 120_000}
    assert "120,000 rows" in report.findings[0].what


def test_a_data_set_may_name_its_schema(published_small: Path, tmp_path: Path) -> None:
    board = small.every_kind()
    held = small.dataset("held", "select source, reason from quarantine", schema="quality")
    board["datasets"].append(held)
    table = small.widget(
        "held",
        "table",
        {"source": "`source`"},
        {"columns": [{"fieldName": "source"}]},
        rows=True,
        source="held",
    )
    board["pages"][0]["layout"].append(small.place(table, 0, 30))
    report, _ = draw(board, published_small, tmp_path)
    assert report.findings == []
    assert report.rows["held"] == 0


def test_nothing_published_is_an_error_with_a_remedy(dashboard_file: Path, tmp_path: Path) -> None:
    with pytest.raises(LakehouseError) as refused:
        render(tmp_path / "none.duckdb", tmp_path / "page.html", dashboard_file)
    assert "lakehouse run" in refused.value.remedy
    assert not (tmp_path / "page.html").exists()


def test_a_file_that_is_no_database_is_an_error(dashboard_file: Path, tmp_path: Path) -> None:
    broken = tmp_path / "published.duckdb"
    broken.write_text("not a database " * 100)
    with pytest.raises(LakehouseError) as refused:
        render(broken, tmp_path / "page.html", dashboard_file)
    assert "published.duckdb" in refused.value.message


def test_the_connection_reads_the_published_file_and_nothing_else(published_small: Path) -> None:
    with reading(published_small) as connection:
        assert connection.execute("select count(*) from published.gold.fact_sales").fetchone() == (
            6,
        )
        for sql in (
            "create table published.gold.mine (a int)",
            "select * from read_csv('/etc/passwd')",
            "attach '/tmp/other.duckdb' as other",
            "copy (select 1) to '/tmp/stolen.csv'",
            "set enable_external_access = true",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(sql)


def test_the_same_input_gives_the_same_page(published_small: Path, tmp_path: Path) -> None:
    file = small.save(small.every_kind(), tmp_path / "small.lvdash.json")
    pages = [render(published_small, tmp_path / name, file).page for name in ("a.html", "b.html")]
    assert pages[0].read_bytes() == pages[1].read_bytes()


def test_a_page_replaces_the_old_one_whole(published_small: Path, tmp_path: Path) -> None:
    file = small.save(small.every_kind(), tmp_path / "small.lvdash.json")
    out = tmp_path / "site" / "page.html"
    render(published_small, out, file)
    first = out.read_bytes()
    with pytest.raises(LakehouseError):
        render(tmp_path / "none.duckdb", out, file)
    assert out.read_bytes() == first
    assert [path.name for path in out.parent.iterdir()] == ["page.html"]


def test_only_columns_that_are_drawn_are_in_the_page(published_small: Path, tmp_path: Path) -> None:
    board = small.every_kind()
    board["datasets"][0]["queryLines"].insert(1, "    dim_customers.last_name,\n")
    _, model = draw(board, published_small, tmp_path)
    assert "last_name" not in model["datasets"]["lines"]["columns"]
    assert "Noble" not in (tmp_path / "out" / "page.html").read_text(encoding="utf-8")


def test_text_is_markup_of_its_own_only() -> None:
    assert to_html("# A <b>\n\nOne **two**\n- three\n- `four`") == (
        "<h2>A &lt;b&gt;</h2><p>One <strong>two</strong></p>"
        "<ul><li>three</li><li><code>four</code></li></ul>"
    )


def test_the_size_of_the_page(sample_report: RenderReport, bootcamp_report: RenderReport) -> None:
    for report in (sample_report, bootcamp_report):
        assert report.findings == []
        assert report.size < 2_000_000
        assert max(report.rows.values()) <= 100_000


def test_the_page_holds_no_more_customers_than_it_shows(
    bootcamp_report: RenderReport, published_bootcamp: Path
) -> None:
    text = bootcamp_report.page.read_text(encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{published_bootcamp}' as p (read_only)")
        everybody = connection.execute(
            "select customer_number, first_name || ' ' || last_name from p.gold.dim_customers"
        ).fetchall()
    numbers = {number for number, _ in everybody if f'"{number}"' in text}
    names = {name for _, name in everybody if f'"{name}"' in text}
    shown = bootcamp_report.rows["key_customers"]
    assert len(numbers) == shown <= 70
    assert len(names) <= shown + bootcamp_report.rows["customer_changes"]
    # columns that are not names either: no key and no birth date of a single person
    for data in model_of(bootcamp_report.page)["datasets"].values():
        assert not {"customer_key", "customer_id", "birthdate"} & data["columns"].keys()


def test_no_address_is_in_the_page(sample_report: RenderReport) -> None:
    text = sample_report.page.read_text(encoding="utf-8")
    markup = re.sub(r"(<script[^>]*>).*?</script>", r"\1", text, flags=re.DOTALL)
    assert re.findall(r'(?:src|href)="([^"]*)"', markup) == ["data:,", "#main"]
    assert "default-src 'none'" in text


def test_rows_do_not_depend_on_what_was_rendered_before(
    published_small: Path, tmp_path: Path
) -> None:
    board = small.every_kind()
    untouched: Any = copy.deepcopy(board)
    draw(board, published_small, tmp_path)
    assert board == untouched
