"""Lineage by experiment: what moves a figure of the dashboard is named as what it is made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from lvdash.definition import Dashboard, Query, load, mappings
from lvdash.dialect import single_query, tables, to_duckdb
from tests.python.conftest import PROJECT
from tools.docs.catalogue import Catalogue, Column, Table
from tools.docs.lineage import Gold, Lineage, follow_widgets

FEW = {
    "fact_sales": "where customer_key % 40 = 0",
    "dim_customers": "where customer_key % 40 = 0",
    "dim_dates": "where year between (select min(year(order_date)) - 1 from gold.fact_sales)"
    " and (select max(year(order_date)) from gold.fact_sales)",
}
"""The part of each table that the experiment needs."""
Rows = list[str]


@dataclass
class Copy:
    """A copy of what the dashboard reads, to be changed, and what the dashboard shows of it."""

    board: Dashboard
    database: duckdb.DuckDBPyConnection
    reads: dict[str, set[str]] = field(default_factory=dict)
    """By data set: the tables it reads."""

    @property
    def tables(self) -> list[str]:
        """The tables that are read."""
        return sorted(set().union(*self.reads.values()))

    def columns(self, table: str) -> dict[str, str]:
        """The columns of a table with their types."""
        rows = self.database.execute(f"describe {table}").fetchall()
        return {name: kind for name, kind, *_ in rows}

    def figures(self, table: str, widgets: set[str]) -> dict[str, list[Rows]]:
        """What these widgets show, as far as they read a table."""
        shown: dict[str, list[Rows]] = defaultdict(list)
        asked = [
            (widget.name, query)
            for widget in self.board.widgets
            for query in widget.queries
            if widget.name in widgets and table in self.reads.get(query.dataset, ())
        ]
        for name in {query.dataset for _, query in asked}:
            dataset = self.board.datasets[name]
            self.database.execute(f"create or replace temp table ds as {to_duckdb(dataset.sql)}")
            for widget, query in asked:
                if query.dataset == name:
                    rows = self.database.execute(as_sql(query, dataset.calculations)).fetchall()
                    shown[widget].append(sorted(map(repr, rows)))
        return shown

    def moved_by(self, table: str, column: str, widgets: set[str]) -> set[str]:
        """Those of some widgets that show something else when a column is changed."""
        found = set()
        before = self.figures(table, widgets)
        for change in changes(table, column, self.columns(table)[column]):
            self.database.execute("begin")
            self.database.execute(change)
            now = self.figures(table, widgets)
            self.database.execute("rollback")
            found |= {name for name in before if before[name] != now[name]}
        return found


def as_sql(query: Query, calculations: dict[str, str]) -> str:
    """What a widget asks of its data set, which is the table `ds`."""

    def sql(text: str) -> str:
        def named(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Anonymous) and node.name.lower() == "measure":
                known = calculations[node.expressions[0].name]
                return exp.paren(sqlglot.parse_one(known, read="databricks"))
            return node

        return sqlglot.parse_one(text, read="databricks").transform(named).sql("duckdb")

    shown = ", ".join(map(sql, query.fields.values()))
    filters = [sql(str(each["expression"])) for each in mappings(query.body.get("filters", []))]
    grouped = "" if query.disaggregated else "group by all"
    return f"select {shown} from ds where {' and '.join(filters) or 'true'} {grouped}"


def changes(table: str, column: str, kind: str) -> Iterator[str]:
    """Statements that change a column: all to one value, half to none, by a little."""
    yield f'update {table} set "{column}" = (select min("{column}") from {table})'
    yield f'update {table} set "{column}" = null where rowid % 2 = 0'
    by = {"BOOLEAN": "not {}", "DATE": "{} + 1", "VARCHAR": "{} || 'x'"}
    little = by.get(kind, "{} + interval 1 day" if kind.startswith("TIMESTAMP") else "{} + 1")
    new = little.format(f'"{column}"')
    yield f'update {table} set "{column}" = {new}'


@pytest.fixture(scope="module")
def copy(published_sample: Path) -> Iterator[Copy]:
    board = load(PROJECT / "dashboards" / "gold_sales.lvdash.json")
    with duckdb.connect() as database:
        database.execute(f"attach '{published_sample}' as published (read_only)")
        made = Copy(board, database)
        for name, dataset in board.datasets.items():
            made.reads[name] = {each.split(".")[-1] for each in tables(single_query(dataset.sql))}
        database.execute("use published")
        database.execute("create schema memory.gold")
        for each in made.tables:
            some = f"select * from gold.{each} {FEW.get(each, '')}"
            database.execute(f"create table memory.gold.{each} as {some}")
        database.execute("use memory.gold")
        yield made


@pytest.fixture(scope="module")
def lineage(copy: Copy) -> Lineage:
    """As the documentation shows it."""
    known = Catalogue({}, [], [], [])
    for name in copy.tables:
        columns = {each: Column(name, each, kind, "") for each, kind in copy.columns(name).items()}
        known.tables[name] = Table(name, name, "model", "gold", "", "", "", columns)
    found = Lineage()
    follow_widgets(found, copy.board, Gold(known))
    assert found.untraced == []
    return found


@pytest.mark.parametrize(
    ("column", "widget"),
    [
        ("fact_sales.order_number", "orders"),
        ("fact_sales.customer_key", "customers"),
        ("dim_products.cost", "cost_coverage"),
    ],
)
def test_what_a_figure_is_made_of(copy: Copy, lineage: Lineage, column: str, widget: str) -> None:
    table, name = column.split(".")
    assert (table, name) in lineage.parents["widget", widget]
    assert copy.moved_by(table, name, {widget}) == {widget}


@pytest.mark.slow
def test_every_column_that_moves_a_figure_is_named(copy: Copy, lineage: Lineage) -> None:
    widgets = {each.name for each in copy.board.widgets if not each.is_filter}
    for table in copy.tables:
        for column in copy.columns(table):
            named = {name for kind, name in lineage.uses((table, column)) if kind == "widget"}
            moved = copy.moved_by(table, column, widgets - named)
            assert not moved, f"{table}.{column} moves {sorted(moved)}"
