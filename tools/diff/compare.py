"""Compares what two revisions would publish: totals, groups, tables, columns and values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from metric_ask.compiler import compile_sql
from metric_ask.metrics import Field, load_metrics
from metric_ask.request import Request
from orchestration.errors import LakehouseError
from tools.diff.build import Side

Value = int | Decimal | float | None

SCHEMAS = ("gold", "quality")
OF_THE_RUN = {"publications": {"run_id", "run_started_at"}, "*": {"_loaded_at", "loaded_at"}}
"""Columns that tell when it ran, and so differ between any two builds."""

ROWS = Field("rows", "count(*)", "Order lines", "Rows of the fact.", (), True, "count")


@dataclass(frozen=True)
class Figure:
    """A figure of both revisions; None where there is none."""

    name: Field
    before: Value
    after: Value

    @property
    def change(self) -> Value:
        """After less before; nothing counts as 0 where the figure adds up."""
        if self.before is None and self.after is None:
            return None
        if not self.name.starts_at_zero and (self.before is None or self.after is None):
            return None
        difference: Value = _number(self.after) - _number(self.before)
        return difference

    @property
    def differs(self) -> bool:
        """Whether the two are not the same."""
        return self.before != self.after


@dataclass(frozen=True)
class Group:
    """The figures of a month or a category."""

    label: str
    rows: Figure
    revenue: Figure

    @property
    def differs(self) -> bool:
        """Whether anything changed in it."""
        return self.rows.differs or self.revenue.differs


@dataclass
class Table:
    """What became of one published table."""

    name: str
    before: int | None = None
    """Rows; None where the revision has no such table."""
    after: int | None = None
    gone: int = 0
    """Rows, by key, that only the base has."""
    new: int = 0
    added: list[str] = field(default_factory=list)
    """Columns, with their type."""
    removed: list[str] = field(default_factory=list)
    retyped: list[str] = field(default_factory=list)
    values: dict[str, int] = field(default_factory=dict)
    """By column: rows of both revisions in which its value differs."""

    @property
    def differs(self) -> bool:
        """Whether the table is not the same."""
        return self.before != self.after or bool(
            self.gone or self.new or self.added or self.removed or self.retyped or self.values
        )


@dataclass
class Comparison:
    """All that differs between what two revisions would publish."""

    totals: list[Figure] = field(default_factory=list)
    months: list[Group] = field(default_factory=list)
    categories: list[Group] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    inner: list[Table] = field(default_factory=list)
    """Tables before gold, by their rows alone."""
    remarks: list[str] = field(default_factory=list)
    """What could not be compared, and why."""

    @property
    def differs(self) -> bool:
        """Whether a reader of gold or quality would see any difference."""
        totals = any(each.differs for each in self.totals)
        return totals or any(each.differs for each in self.tables)


def compare(base: Side, candidate: Side) -> Comparison:
    """Compare two revisions that were both built."""
    result = Comparison()
    with _both(base, candidate) as connection:
        result.totals = _totals(connection, base, candidate, result.remarks)
        result.months = _groups(connection, base, candidate, "month", result.remarks)
        result.categories = _groups(connection, base, candidate, "category", result.remarks)
        keys = _keys(base, candidate)
        for name in sorted(_published(connection, "before") | _published(connection, "after")):
            result.tables.append(_table(connection, name, keys.get(name.split(".")[1], [])))
    for name in sorted(base.rows | candidate.rows):
        if not name.startswith(SCHEMAS):
            table = Table(name, base.rows.get(name), candidate.rows.get(name))
            result.inner.append(table)
    return result


@contextmanager
def _both(base: Side, candidate: Side) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    try:
        for name, side in (("before", base), ("after", candidate)):
            path = str(side.published).replace("'", "''")
            connection.execute(f"attach '{path}' as {name} (read_only)")
        connection.execute("set enable_external_access = false")
        yield connection
    finally:
        connection.close()


def _totals(
    connection: duckdb.DuckDBPyConnection, base: Side, candidate: Side, remarks: list[str]
) -> list[Figure]:
    """Every measure of the metric view, each revision by its own definition."""
    measures: dict[str, Field] = {}
    values: list[dict[str, Value]] = []
    for name, side in (("before", base), ("after", candidate)):
        found: dict[str, Value] = {}
        try:
            connection.execute(f"use {name}.gold")
            found["rows"] = connection.execute("select count(*) from fact_sales").fetchall()[0][0]
            view = load_metrics(side.project)
            measures |= view.measures
            sql = compile_sql(Request(tuple(view.measures)), view)
            row = connection.execute(sql).fetchall()[0]
            found |= dict(zip(view.measures, row, strict=True))
        except (duckdb.Error, LakehouseError) as error:
            remarks.append(f"Totals {name} the change: {_first_line(error)}")
        values.append(found)
    names = [ROWS, *measures.values()]
    return [Figure(each, values[0].get(each.name), values[1].get(each.name)) for each in names]


def _groups(
    connection: duckdb.DuckDBPyConnection,
    base: Side,
    candidate: Side,
    by: str,
    remarks: list[str],
) -> list[Group]:
    """Rows and revenue by a dimension of the metric view."""
    found: list[dict[Any, tuple[Value, Value]]] = []
    revenue = ROWS
    for name, side in (("before", base), ("after", candidate)):
        try:
            connection.execute(f"use {name}.gold")
            view = load_metrics(side.project)
            revenue = view.measures["revenue"]
            view = type(view)(
                view.source, view.joins, view.dimensions, {**view.measures, "rows": ROWS}
            )
            sql = compile_sql(Request(("rows", "revenue"), (by,), ranked=False), view)
            rows = connection.execute(sql).fetchall()
        except (duckdb.Error, LakehouseError, KeyError) as error:
            remarks.append(f"By {by} {name} the change: {_first_line(error)}")
            rows = []
        found.append({row[0]: (row[1], row[2]) for row in rows})
    before, after = found
    groups = []
    for label in sorted({*before, *after}, key=lambda key: (key is None, str(key))):
        old, new = before.get(label, (None, None)), after.get(label, (None, None))
        groups.append(
            Group(_label(label), Figure(ROWS, old[0], new[0]), Figure(revenue, old[1], new[1]))
        )
    return groups


def _label(value: Any) -> str:
    if value is None:
        return "unknown"
    return f"{value:%Y-%m}" if isinstance(value, date) else str(value)


def _published(connection: duckdb.DuckDBPyConnection, side: str) -> set[str]:
    rows = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables()"
        " where database_name = ? and schema_name in ('gold', 'quality')",
        [side],
    )
    return {name for (name,) in rows.fetchall()}


def _columns(connection: duckdb.DuckDBPyConnection, side: str, name: str) -> dict[str, str]:
    schema, table = name.split(".")
    rows = connection.execute(
        "select column_name, data_type from duckdb_columns()"
        " where database_name = ? and schema_name = ? and table_name = ? order by column_index",
        [side, schema, table],
    )
    return dict(rows.fetchall())


def _table(connection: duckdb.DuckDBPyConnection, name: str, key: list[str]) -> Table:
    before, after = _columns(connection, "before", name), _columns(connection, "after", name)
    table = Table(name)
    table.before = _count(connection, f"before.{name}") if before else None
    table.after = _count(connection, f"after.{name}") if after else None
    if not before or not after:
        return table
    table.added = [f"{column} {after[column]}" for column in after if column not in before]
    table.removed = [f"{column} {before[column]}" for column in before if column not in after]
    common = [column for column in before if column in after]
    table.retyped = [
        f"{column} {before[column]} -> {after[column]}"
        for column in common
        if before[column] != after[column]
    ]
    ignored = OF_THE_RUN.get(name.split(".")[1], set()) | OF_THE_RUN["*"]
    compared = [column for column in common if column not in ignored]
    if not compared:
        return table
    if key and set(key) <= set(common):
        _compare_by_key(connection, table, key, compared)
    else:
        columns = ", ".join(f'"{column}"' for column in compared)
        for side, other, count in (("before", "after", "gone"), ("after", "before", "new")):
            only = _count(
                connection,
                f"(select {columns} from {side}.{name} except all"
                f" select {columns} from {other}.{name})",
            )
            setattr(table, count, only)
    return table


def _compare_by_key(
    connection: duckdb.DuckDBPyConnection, table: Table, key: list[str], compared: list[str]
) -> None:
    """Pair the rows by their key; a key that stands twice pairs with its like."""
    on = " and ".join(f'b."{column}" is not distinct from a."{column}"' for column in key)
    on += " and b.nth is not distinct from a.nth"
    rest = [column for column in compared if column not in key]
    counts = ["count(*) filter (where a.nth is null)", "count(*) filter (where b.nth is null)"]
    counts += [
        f"count(*) filter (where a.nth is not null and b.nth is not null"
        f' and a."{column}" is distinct from b."{column}")'
        for column in rest
    ]
    keys = ", ".join(f'"{column}"' for column in key)
    side = f"(select *, row_number() over (partition by {keys}) as nth from {{}}.{table.name})"
    sql = f"select {', '.join(counts)} from {side.format('before')} b"
    row = connection.execute(f"{sql} full join {side.format('after')} a on {on}").fetchall()[0]
    table.gone, table.new = row[0], row[1]
    table.values = {column: count for column, count in zip(rest, row[2:], strict=True) if count > 0}


def _keys(base: Side, candidate: Side) -> dict[str, list[str]]:
    """The primary key of each table, as its model declares it."""
    keys: dict[str, list[str]] = {}
    for side in (base, candidate):
        manifest = json.loads((side.artifacts / "manifest.json").read_text(encoding="utf-8"))
        for node in manifest["nodes"].values():
            if key := node["config"].get("meta", {}).get("primary_key"):
                keys[node["alias"]] = list(key)
    return keys


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    return int(connection.execute(f"select count(*) from {relation}").fetchall()[0][0])


def _number(value: Value) -> Any:
    return 0 if value is None else value


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def manifest_of(path: Path) -> dict[str, Any]:
    """A manifest of dbt."""
    content: dict[str, Any] = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    return content
