"""The dashboard file: about gold only, and without findings."""

from __future__ import annotations

import json
from pathlib import Path

from lvdash import Tables, dialect, lint
from lvdash.definition import load


def test_the_file_is_written_in_one_way(dashboard_file: Path) -> None:
    text = dashboard_file.read_text(encoding="utf-8")
    assert json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n" == text


def test_the_linter_finds_nothing(dashboard_file: Path, published_tables: Tables) -> None:
    assert lint(dashboard_file, published_tables, portable=True) == []


def test_gold_is_named_without_schema(dashboard_file: Path) -> None:
    """The linter takes that of another schema that is there."""
    for dataset in load(dashboard_file).datasets.values():
        for table in dialect.tables(dialect.single_query(dataset.sql)):
            assert "." not in table, (dataset.name, table)
