"""What `make bench` compares does the same work on both sides."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tools.bench import plain, report
from tools.bench.project import copy_of_this

CAUTIOUS = ("--indirect-selection", "cautious")
"""No tests that need more than what is built."""


@pytest.fixture(scope="module")
def star(published_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The star by plain SQL from the files that were published."""
    with duckdb.connect(str(published_sample), read_only=True) as gold:
        (row,) = gold.execute("select max(run_started_at) from quality.publications").fetchall()
    database = tmp_path_factory.mktemp("plain") / "plain.duckdb"
    plain.make(published_sample.parents[1] / "landing", row[0].date().isoformat(), database)
    return database


def test_plain_sql_makes_the_same_star(star: Path, published_sample: Path) -> None:
    with duckdb.connect(str(star), read_only=True) as db:
        (row,) = db.execute("select count(*) from fact_sales").fetchall()
    assert row[0] > 5_000
    assert plain.different_rows(star, published_sample) == dict.fromkeys(plain.TABLES, 0)


def test_a_star_with_another_amount_is_told_apart(
    star: Path, published_sample: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.duckdb"
    other.write_bytes(star.read_bytes())
    with duckdb.connect(str(other)) as db:
        db.execute(
            "update fact_sales set sales_amount = sales_amount + 0.01"
            " where rowid = (select min(rowid) from fact_sales)"
        )
    assert plain.different_rows(other, published_sample)["fact_sales"] == 2


@pytest.mark.slow
def test_a_profile_accounts_for_all_of_a_build(tmp_path: Path) -> None:
    lake = copy_of_this(tmp_path / "lake", tmp_path / "landing")
    models = ("+dim_locations", "+dim_dates")
    whole, parts, nodes = lake.profile("2026-11-27", "--select", *models, *CAUTIOUS)
    assert {"model.dim_dates", "model.dim_locations"} <= dict(nodes).keys()
    assert all(seconds > 0 for _, seconds in nodes)
    assert {"dbt itself", "models in marts", "tests"} <= dict(parts).keys()
    assert sum(seconds for _, seconds in parts) == pytest.approx(whole)


def test_a_figure_takes_the_place_of_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.md"
    page.write_text("Text.\n<!-- build -->\n<!-- end of build -->\nMore.\n", encoding="utf-8")
    monkeypatch.setattr(report, "PAGE", page)
    report.write_rows("build", ("case", "ratio"), [["a", "2"], ["b", "3"]])
    report.write_rows("build", ("case", "ratio"), [["a", "1"]])
    assert page.read_text(encoding="utf-8") == (
        "Text.\n<!-- build -->\n| case | ratio |\n| --- | --- |\n| a | 1 |\n| b | 3 |\n"
        "<!-- end of build -->\nMore.\n"
    )
