"""Whoever may not see personal data gets the same figures: numbers in place of names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
import yaml

from lvdash.definition import load
from lvdash.dialect import to_duckdb
from metric_ask import Request, compile_sql
from orchestration.genie import load_benchmarks
from tests.python.conftest import PROJECT
from tests.python.genie.places import Place
from tests.python.genie.test_dashboard_counters import FILE

NAMES = {"customer", "customer_name"}
"""Columns of answers that hold names."""

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def readers(sample: Place) -> Iterator[dict[str, duckdb.DuckDBPyConnection]]:
    """Gold as a member of the group reads it, and as others do."""
    connections = {who: _gold(sample.published, who == "others") for who in ("member", "others")}
    yield connections
    for connection in connections.values():
        connection.close()


def _gold(published: Path, hidden: bool) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(f"attach '{published}' as published (read_only)")
    connection.execute("create schema gold")
    tables = connection.execute(
        "select table_name from duckdb_tables()"
        " where database_name = 'published' and schema_name = 'gold'"
    ).fetchall()
    personal = _personal_columns()
    assert personal["dim_customers"] == ["first_name", "last_name", "birthdate"]
    for (table,) in tables:
        masked = ", ".join(
            f"null::{kind} as {name}"
            for name, kind in _kinds(connection, table)
            if hidden and name in personal.get(table, ())
        )
        columns = f"* replace ({masked})" if masked else "*"
        connection.execute(
            f"create view gold.{table} as select {columns} from published.gold.{table}"
        )
    connection.execute("use gold")
    return connection


def _kinds(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    described = connection.execute(f"describe published.gold.{table}").fetchall()
    return [(name, kind) for name, kind, *_ in described]


def _personal_columns() -> dict[str, list[str]]:
    """The columns of each model of gold that its YAML marks as personal data."""
    return {
        model["name"]: [
            column["name"]
            for column in model.get("columns", [])
            if "personal_data" in column.get("config", {}).get("meta", {})
        ]
        for path in (PROJECT / "models" / "marts").rglob("*.yml")
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", [])
    }


def _statements(place: Place) -> dict[str, str]:
    """Every data set, metric by dimension, and benchmark, as DuckDB reads it."""
    view = place.analyst.view
    return {
        **{
            f"data set {name}": to_duckdb(each.sql)
            for name, each in load(PROJECT / FILE).datasets.items()
        },
        **{
            f"metrics by {name}": compile_sql(Request(tuple(view.measures), (name,)), view)
            for name in view.dimensions
        },
        **{
            f"benchmark {each.question}": sqlglot.transpile(
                each.sql, read="databricks", write="duckdb"
            )[0]
            for each in load_benchmarks(PROJECT)
        },
    }


def test_others_read_the_same_figures(
    sample: Place, readers: dict[str, duckdb.DuckDBPyConnection]
) -> None:
    statements, different, named = _statements(sample), [], 0
    assert len(statements) > 70
    for what, statement in statements.items():
        member, others = (_rows(connection, statement) for connection in readers.values())
        if _without_names(member) != _without_names(others):
            different.append(what)
        for name in NAMES & (others[0].keys() if others else set()):
            named += 1
            shown = {row[name] for row in others}
            assert None not in shown, what
            assert len(shown) == len({row[name] for row in member}), what
    assert not different
    assert named >= 5


def _rows(connection: duckdb.DuckDBPyConnection, statement: str) -> Rows:
    result = connection.execute(statement)
    columns = [each[0].lower() for each in result.description]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def _without_names(rows: Rows) -> Counter[str]:
    return Counter(str([value for name, value in row.items() if name not in NAMES]) for row in rows)
