"""Every reader gets the same figures: without personal data, and in whatever time zone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
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

ZONES = {"east": "Pacific/Auckland", "west": "America/Los_Angeles"}
"""Where a moment is of another day than in UTC."""

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def readers(sample: Place) -> Iterator[dict[str, duckdb.DuckDBPyConnection]]:
    """Gold as a member of the group reads it, as others do, and in other time zones."""
    connections = {who: _gold(sample.published, who) for who in ("member", "others", *ZONES)}
    yield connections
    for connection in connections.values():
        connection.close()


def _gold(published: Path, who: str) -> duckdb.DuckDBPyConnection:
    """Timestamps are moments in UTC, shown in the session's time zone, as on Databricks."""
    hidden = who == "others"
    connection = duckdb.connect()
    connection.execute(f"set TimeZone = '{ZONES.get(who, 'UTC')}'")
    connection.execute(f"attach '{published}' as published (read_only)")
    connection.execute("create schema gold")
    tables = connection.execute(
        "select table_name from duckdb_tables()"
        " where database_name = 'published' and schema_name = 'gold'"
    ).fetchall()
    personal = _personal_columns()
    assert personal["dim_customers"] == ["first_name", "last_name", "birthdate"]
    for (table,) in tables:
        kinds = _kinds(connection, table)
        changed = [
            f"null::{kind} as {name}"
            for name, kind in kinds
            if hidden and name in personal.get(table, ())
        ] + [f"{name} at time zone 'UTC' as {name}" for name, kind in kinds if kind == "TIMESTAMP"]
        columns = f"* replace ({', '.join(changed)})" if changed else "*"
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
        member, others = (_rows(readers[who], statement) for who in ("member", "others"))
        if _without_names(member) != _without_names(others):
            different.append(what)
        for name in NAMES & (others[0].keys() if others else set()):
            named += 1
            shown = {row[name] for row in others}
            assert None not in shown, what
            assert len(shown) == len({row[name] for row in member}), what
    assert not different
    assert named >= 5


@pytest.mark.parametrize("zone", ZONES)
def test_readers_in_other_time_zones_read_the_same_figures(
    sample: Place, readers: dict[str, duckdb.DuckDBPyConnection], zone: str
) -> None:
    """Moments are shown in the reader's zone; they stay the same moment, and no day shifts."""
    moments, different = 0, []
    for what, statement in _statements(sample).items():
        here, there = (_rows(readers[who], statement) for who in ("member", zone))
        moments += sum(isinstance(value, datetime) for row in here for value in row.values())
        if _instants(here) != _instants(there):
            different.append(what)
    assert moments
    assert not different


def _instants(rows: Rows) -> Counter[tuple[Any, ...]]:
    """How often each row occurs, whatever zone its moments are shown in."""
    return Counter(
        tuple(
            value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else str(value)
            for value in row.values()
        )
        for row in rows
    )


def _rows(connection: duckdb.DuckDBPyConnection, statement: str) -> Rows:
    result = connection.execute(statement)
    columns = [each[0].lower() for each in result.description]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def _without_names(rows: Rows) -> Counter[str]:
    return Counter(str([value for name, value in row.items() if name not in NAMES]) for row in rows)
