"""Compares what two revisions would publish: totals, groups, tables, columns and values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from metric_ask import Field, Request, compile_sql
from orchestration.errors import Explained
from orchestration.questions import load_metrics
from tools.diff.build import Side

Value = int | Decimal | float | None

SCHEMAS = ("gold", "quality")
OF_THE_RUN = {
    *("loaded_at", "_loaded_at", "validated_at", "run_id", "run_started_at"),
    *("started_at", "ended_at", "seconds", "project_version"),
}
"""Columns about the run that built a table: they differ between any two builds."""

ROWS = Field("rows", "count(*)", "Order lines", "Rows of the fact.", is_measure=True)
GROUPS = ("category", "month")


@dataclass(frozen=True)
class Figure:
    """A figure of both revisions; None where there is none."""

    field: Field
    before: Value
    after: Value

    @property
    def change(self) -> Value:
        """After less before; nothing counts as 0 where the figure adds up."""
        if self.before is None and self.after is None:
            return None
        if not self.field.starts_at_zero and (self.before is None or self.after is None):
            return None
        before: Any = self.before or 0
        difference: Value = (self.after or 0) - before
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
        changes = (self.gone, self.new, self.added, self.removed, self.retyped, self.values)
        return self.before != self.after or any(changes)


@dataclass
class Comparison:
    """All that differs between what two revisions would publish."""

    totals: list[Figure] = field(default_factory=list)
    groups: dict[str, list[Group]] = field(default_factory=dict)
    """By dimension: category and month."""
    tables: list[Table] = field(default_factory=list)
    inner: list[Table] = field(default_factory=list)
    """Tables before gold, by their rows alone."""
    remarks: list[str] = field(default_factory=list)
    """What could not be compared, and why."""


def compare(base: Side, candidate: Side) -> Comparison:
    """Compare two revisions that were both built."""
    result = Comparison()
    measures = {"rows": ROWS}
    found: dict[tuple[str, str], dict[Any, dict[str, Value]]] = {}
    with _both(base, candidate) as connection:
        for when, side in (("before", base), ("after", candidate)):
            for by in ("", *GROUPS):
                try:
                    found[when, by] = _measured(connection, when, side, by, measures)
                except Exception as error:
                    if not isinstance(error, duckdb.Error | KeyError | Explained):
                        raise
                    what = f"By {by}" if by else "Totals"
                    result.remarks.append(f"{what} {when} the change: {first_line(error)}")
                    found[when, by] = {}
        keys = _keys(base, candidate)
        for name in sorted(_published(connection)):
            result.tables.append(_table(connection, name, keys.get(name.split(".")[1], [])))
    result.totals = _figures(found["before", ""], found["after", ""], None, measures.values())
    for by in GROUPS:
        before, after = found["before", by], found["after", by]
        shown = [measures[name] for name in ("rows", "revenue") if name in measures]
        result.groups[by] = [
            Group(_label(value), *_figures(before, after, value, shown))
            for value in sorted(before | after, key=lambda value: (value is None, str(value)))
        ]
    for name in sorted(base.rows | candidate.rows):
        if not name.startswith(SCHEMAS):
            result.inner.append(Table(name, base.rows.get(name), candidate.rows.get(name)))
    return result


@contextmanager
def _both(base: Side, candidate: Side) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for name, side in (("before", base), ("after", candidate)):
            path = str(side.published).replace("'", "''")
            connection.execute(f"attach '{path}' as {name} (read_only)")
        connection.execute("set enable_external_access = false")
        yield connection


def _measured(
    connection: duckdb.DuckDBPyConnection,
    when: str,
    side: Side,
    by: str,
    measures: dict[str, Field],
) -> dict[Any, dict[str, Value]]:
    """What a revision's own metric view measures, by a dimension, or by None for the whole."""
    view = load_metrics(side.project)
    measures |= view.measures
    view = replace(view, measures={"rows": ROWS, **view.measures})
    names = ("rows", "revenue") if by else tuple(view.measures)
    connection.execute(f"use {when}.gold")
    sql = compile_sql(Request(names, (by,) if by else (), ranked=False), view)
    rows = connection.execute(sql).fetchall()
    return {
        row[0] if by else None: dict(zip(names, row[len(row) - len(names) :], strict=True))
        for row in rows
    }


def _figures(
    before: Mapping[Any, Mapping[str, Value]],
    after: Mapping[Any, Mapping[str, Value]],
    value: object,
    measures: Iterable[Field],
) -> list[Figure]:
    old, new = before.get(value, {}), after.get(value, {})
    return [Figure(each, old.get(each.name), new.get(each.name)) for each in measures]


def _label(value: Any) -> str:
    if value is None:
        return "unknown"
    return f"{value:%Y-%m}" if isinstance(value, date) else str(value)


def _published(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """The tables that one of the two publishes, by `schema.table`."""
    rows = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables()"
        " where database_name in ('before', 'after') and schema_name in ('gold', 'quality')"
    )
    return {name for (name,) in rows.fetchall()}


def _columns(connection: duckdb.DuckDBPyConnection, when: str, name: str) -> dict[str, str]:
    schema, table = name.split(".")
    rows = connection.execute(
        "select column_name, data_type from duckdb_columns()"
        " where database_name = ? and schema_name = ? and table_name = ? order by column_index",
        [when, schema, table],
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
    if compared := [column for column in common if column not in OF_THE_RUN]:
        # Without a key that both have, a row is known by all of its values.
        known_by = key if key and set(key) <= set(compared) else compared
        _compare_rows(connection, table, known_by, compared)
    return table


def _compare_rows(
    connection: duckdb.DuckDBPyConnection, table: Table, key: list[str], compared: list[str]
) -> None:
    """Pair the rows by their key; of rows with the same key the first pairs with the first."""
    on = " and ".join(f'b."{column}" is not distinct from a."{column}"' for column in key)
    rest = [column for column in compared if column not in key]
    counts = ["count(*) filter (where a.nth is null)", "count(*) filter (where b.nth is null)"]
    counts += [
        f"count(*) filter (where a.nth is not null and b.nth is not null"
        f' and a."{column}" is distinct from b."{column}")'
        for column in rest
    ]
    keys = ", ".join(f'"{column}"' for column in key)
    rows = f"(select *, row_number() over (partition by {keys}) as nth from {{}}.{table.name})"
    sql = (
        f"select {', '.join(counts)} from {rows.format('before')} b"
        f" full join {rows.format('after')} a on {on} and b.nth = a.nth"
    )
    table.gone, table.new, *values = connection.execute(sql).fetchall()[0]
    table.values = {column: count for column, count in zip(rest, values, strict=True) if count}


def _keys(base: Side, candidate: Side) -> dict[str, list[str]]:
    """The primary key of each table, as its model declares it."""
    keys: dict[str, list[str]] = {}
    for side in (base, candidate):
        for node in manifest_of(side)["nodes"].values():
            if key := node["config"].get("meta", {}).get("primary_key"):
                keys[node["alias"]] = list(key)
    return keys


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    return int(connection.execute(f"select count(*) from {relation}").fetchall()[0][0])


def first_line(error: Exception) -> str:
    """What an error says, in a line."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def manifest_of(side: Side) -> dict[str, Any]:
    """What dbt knows of a revision."""
    content: dict[str, Any] = json.loads(
        (side.artifacts / "manifest.json").read_text(encoding="utf-8")
    )
    return content
