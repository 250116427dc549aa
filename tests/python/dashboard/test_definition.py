"""The dashboard file itself: stable, readable, about gold only."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lvdash import definition, dialect
from orchestration.errors import LakehouseError


def test_the_file_is_stable_under_load_and_save(dashboard_file: Path) -> None:
    text = dashboard_file.read_text(encoding="utf-8")
    assert definition.dump(definition.load(dashboard_file).raw) == text


def test_every_data_set_reads_the_same_in_duckdb(dashboard_file: Path) -> None:
    board = definition.load(dashboard_file)
    for dataset in board.datasets.values():
        query = dialect.single_query(dataset.sql)
        assert dialect.tables(query), dataset.name
        assert dialect.to_duckdb(dataset.sql), dataset.name


def test_gold_is_named_without_schema(dashboard_file: Path) -> None:
    board = definition.load(dashboard_file)
    for dataset in board.datasets.values():
        for table in dialect.tables(dialect.single_query(dataset.sql)):
            assert "." not in table, (dataset.name, table)
        assert not dataset.schema


def test_three_pages_and_global_filters(dashboard_file: Path) -> None:
    board = definition.load(dashboard_file)
    shown = [page.title for page in board.pages if not page.is_filters]
    assert shown == ["Sales", "Customers", "Data quality"]
    filters = [page for page in board.pages if page.is_filters]
    assert len(filters) == 1
    assert {widget.name for widget in filters[0].widgets} == {
        "order_month",
        "country",
        "category",
        "product_line",
    }


@pytest.mark.parametrize(("text", "said"), [("{", "line 1"), ("[]", "object")])
def test_a_broken_file_is_refused_with_the_place(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "broken.lvdash.json"
    path.write_text(text)
    with pytest.raises(LakehouseError) as refused:
        definition.load(path)
    assert said in str(refused.value)
    assert refused.value.remedy


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LakehouseError) as refused:
        definition.load(tmp_path / "none.lvdash.json")
    assert "none.lvdash.json" in refused.value.message


def test_two_statements_are_no_query() -> None:
    with pytest.raises(dialect.BadSqlError, match="2 statements"):
        dialect.single_query("select 1; select 2")


def test_parameters_and_tables_of_a_query() -> None:
    query = dialect.single_query(
        "with a as (select * from fact_sales where order_date >= :period.min) "
        "select * from a join quality.corrections using (source)"
    )
    assert dialect.tables(query) == {"fact_sales", "quality.corrections"}
    assert {name.split(".")[0] for name in dialect.parameters(query)} == {"period"}


def test_json_of_other_tools_is_written_the_same_way(tmp_path: Path) -> None:
    raw = {"datasets": [{"name": "ä"}], "pages": []}
    path = tmp_path / "a.lvdash.json"
    path.write_text(json.dumps(raw))
    assert definition.dump(definition.load(path).raw) == (
        '{\n  "datasets": [\n    {\n      "name": "ä"\n    }\n  ],\n  "pages": []\n}\n'
    )
