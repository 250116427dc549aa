"""Column lineage: from the column of a CSV file to the metric and the widget that shows it.

The SQL that dbt compiled says which columns a column is made of (sqlglot follows it). Bronze takes
each column of a file under its own name. Metrics and widgets say what they use in their own files.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.lineage import Node, lineage

from lvdash import definition, expressions
from lvdash.dialect import BadSqlError, single_query
from metric_ask.compiler import expanded
from metric_ask.metrics import MetricView
from tools.docs.catalogue import Catalogue, Table

Id = tuple[str, str]
"""Table and column; for metrics and widgets `metric` or `widget` and a name."""

GOLD = ("gold", "quality")
ROWS = "*"
"""Stands for the rows of a table, where they are counted and no column is read."""


@dataclass
class Lineage:
    """Which column is made of which; both ways."""

    parents: dict[Id, set[Id]] = field(default_factory=lambda: defaultdict(set))
    children: dict[Id, set[Id]] = field(default_factory=lambda: defaultdict(set))
    untraced: list[str] = field(default_factory=list)
    """What could not be followed, and why."""

    def add(self, parent: Id, child: Id) -> None:
        """`child` is made of `parent`."""
        if parent != child:
            self.parents[child].add(parent)
            self.children[parent].add(child)

    def origins(self, column: Id) -> list[Id]:
        """Everything a column is made of, directly or not."""
        return self._reach(column, self.parents)

    def uses(self, column: Id) -> list[Id]:
        """Everything that is made of a column, directly or not."""
        return self._reach(column, self.children)

    @staticmethod
    def _reach(start: Id, edges: Mapping[Id, set[Id]]) -> list[Id]:
        found: set[Id] = set()
        waiting = [start]
        while waiting:
            for each in edges.get(waiting.pop(), set()) - found:
                found.add(each)
                waiting.append(each)
        return sorted(found - {start})


def trace(
    manifest: Mapping[str, Any],
    catalog: Mapping[str, Any],
    catalogue: Catalogue,
    board: definition.Dashboard,
    view: MetricView,
) -> Lineage:
    """Follow every column from the files to metrics and widgets."""
    result = Lineage()
    schema, ids = _schema(manifest, catalog)
    for unique_id, table in catalogue.tables.items():
        node = manifest["nodes"].get(unique_id)
        if node is None:
            continue
        sources = [
            each for each in node["depends_on"].get("nodes", []) if each.startswith("source.")
        ]
        for source in sources:
            for name in catalogue.tables[source].columns.keys() & table.columns.keys():
                result.add((source, name), (unique_id, name))
        if not sources and (sql := node.get("compiled_code")) and table.kind != "metric_view":
            _follow(result, table.name, unique_id, sql, schema, ids)
    flat = _flat(catalogue)
    names = {table.name: table.id for table in catalogue.tables.values() if table.layer in GOLD}
    _follow_metrics(result, view, flat, names)
    _follow_widgets(result, board, flat, names)
    return result


def _schema(
    manifest: Mapping[str, Any], catalog: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[tuple[str, str, str], str]]:
    """The columns of every relation, as sqlglot wants them, and the node of each relation."""
    schema: dict[str, Any] = {}
    ids = {}
    for unique_id, built in catalog["nodes"].items():
        node = manifest["nodes"].get(unique_id)
        if node is None:
            continue
        relation = (node["database"], node["schema"], node["alias"])
        ids[relation] = unique_id
        database = schema.setdefault(relation[0], {}).setdefault(relation[1], {})
        database[relation[2]] = {name: column["type"] for name, column in built["columns"].items()}
    return schema, ids


def _follow(
    result: Lineage,
    name: str,
    unique_id: str,
    sql: str,
    schema: dict[str, Any],
    ids: Mapping[tuple[str, str, str], str],
) -> None:
    """Add what the columns of a model are made of.

    A value looked up in a seed is made of the seed's column and of what it was looked up by: the
    gender in words comes from the list of codes and from the code in the file.
    """
    try:
        columns = lineage(None, sql, schema, dialect="duckdb")
        looked_up_by = {
            ids[relation]: _looked_up_by(sql, ids[relation].rpartition(".")[2], schema)
            for relation in ids
            if ids[relation].startswith("seed.") and f'"{relation[2]}"' in sql
        }
    except (SqlglotError, ValueError) as error:
        result.untraced.append(f"{name}: {str(error).splitlines()[0]}")
        return
    for column, node in columns.items():
        parents = {(ids.get(relation), column) for relation, column in _leaves(node)}
        for seed in {parent for parent, _ in parents} & looked_up_by.keys():
            by = looked_up_by[str(seed)]
            parents |= {(ids.get(relation), column) for relation, column in by}
        for parent, parent_column in parents:
            if parent is not None:
                result.add((parent, parent_column), (unique_id, column.lower()))


def _leaves(node: Node) -> set[tuple[tuple[str, str, str], str]]:
    """The columns of relations that a column is made of in the end."""
    return {
        ((leaf.source.catalog, leaf.source.db, leaf.source.name), _last(leaf.name))
        for leaf in node.walk()
        if isinstance(leaf.source, exp.Table)
    }


def _looked_up_by(
    sql: str, seed: str, schema: dict[str, Any]
) -> set[tuple[tuple[str, str, str], str]]:
    """What a seed is joined by: the other sides of the conditions of its join."""
    query = sqlglot.parse_one(sql, read="duckdb")
    if not isinstance(query, exp.Query):
        return set()
    found: set[tuple[tuple[str, str, str], str]] = set()
    for select in query.find_all(exp.Select):
        tables = {
            table.alias_or_name: table.name
            for part in (select.args.get("from_"), *(select.args.get("joins") or []))
            if part is not None
            for table in [part.this]
            if isinstance(table, exp.Table)
        }
        for join in select.args.get("joins") or []:
            if tables.get(join.alias_or_name) != seed or join.args.get("on") is None:
                continue
            for column in join.args["on"].find_all(exp.Column):
                if column.table in tables and tables[column.table] != seed:
                    asked = exp.select(exp.column(column.name, quoted=True).as_("by"))
                    asked = asked.from_(exp.to_table(tables[column.table]))
                    if query.args.get("with_"):
                        asked.set("with_", query.args["with_"].copy())
                    traced = lineage("by", asked, schema, dialect="duckdb")
                    found |= _leaves(traced)
    return found


def _last(name: str) -> str:
    return name.rpartition(".")[2].strip('"').lower()


def _flat(catalogue: Catalogue) -> dict[str, dict[str, str]]:
    """Gold and quality by bare table names, as metrics and data sets call them."""
    return {
        table.name: {name: column.type or "text" for name, column in table.columns.items()}
        for table in catalogue.tables.values()
        if table.layer in GOLD and table.columns
    }


def _made_of(
    sql: str, flat: dict[str, dict[str, str]], names: Mapping[str, str]
) -> dict[str, set[Id]]:
    """By column of a query over gold: the columns it is made of."""
    found: dict[str, set[Id]] = {}
    read = {table.name for table in sqlglot.parse_one(sql, read="duckdb").find_all(exp.Table)}
    rows: set[Id] = {(names[name], ROWS) for name in read & names.keys()}
    for column, node in lineage(None, sql, flat, dialect="duckdb").items():
        leaves = [leaf for leaf in node.walk() if isinstance(leaf.source, exp.Table)]
        found[column.lower()] = {
            (names[leaf.source.name], _last(leaf.name))
            for leaf in leaves
            if leaf.source.name in names
        } or rows
    return found


def _follow_metrics(
    result: Lineage, view: MetricView, flat: dict[str, dict[str, str]], names: Mapping[str, str]
) -> None:
    source = _made_of(_in_duckdb(view.source), flat, names)
    joins = {join.name: names[join.table] for join in view.joins}
    for name in (*view.dimensions, *view.measures):
        for column in expanded(view, name).find_all(exp.Column):
            if column.table == "source":
                parents: Iterable[Id] = source.get(column.name.lower(), set())
            else:
                parents = [(joins[column.table], column.name.lower())] if column.table else []
            for parent in parents:
                result.add(parent, ("metric", name))


def _follow_widgets(
    result: Lineage,
    board: definition.Dashboard,
    flat: dict[str, dict[str, str]],
    names: Mapping[str, str],
) -> None:
    datasets: dict[str, dict[str, set[Id]]] = {}
    for name, dataset in board.datasets.items():
        try:
            datasets[name] = _made_of(_in_duckdb(dataset.sql), flat, names)
        except (SqlglotError, BadSqlError, ValueError) as error:
            result.untraced.append(f"data set {dataset.title}: {str(error).splitlines()[0]}")
    for widget in board.widgets:
        for query in widget.queries:
            if query.dataset not in datasets:
                continue
            made_of = datasets[query.dataset]
            calculations = board.datasets[query.dataset].calculations
            for expression in query.fields.values():
                for column in _columns(expression, calculations):
                    for parent in made_of.get(column.lower(), set()):
                        result.add(parent, ("widget", widget.name))


def _columns(expression: str, calculations: Mapping[str, str]) -> set[str]:
    try:
        return expressions.columns(expressions.compile_expression(expression, calculations))
    except expressions.UnsupportedError:
        return set()


def _in_duckdb(sql: str) -> str:
    """A query without schemas: data sets write `quality.` before the tables of that layer."""
    query = single_query(sql).copy()
    for table in query.find_all(exp.Table):
        table.set("db", None)
    return query.sql(dialect="duckdb")


def by_table(ids: Iterable[Id], tables: Mapping[str, Table]) -> list[tuple[Table, list[str]]]:
    """Columns grouped by their table, in the order of the layers they pass on their way."""
    grouped: dict[str, list[str]] = defaultdict(list)
    for table, column in ids:
        if table in tables:
            grouped[table].append(column)
    order = ("landing", "bronze", "silver", "gold", "quality")
    return sorted(
        ((tables[table], sorted(columns)) for table, columns in grouped.items()),
        key=lambda item: (
            order.index(item[0].layer),
            not item[0].name.startswith("stg_"),
            item[0].name,
        ),
    )
