"""Column lineage: from the column of a CSV file to the metric and the widget that shows it.

sqlglot follows the columns through the SQL that dbt compiled. Bronze takes each column of a file
under its own name. Metrics and widgets name what they use in their own files.
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
from metric_ask import MetricView, expanded
from tools.docs.catalogue import Catalogue, Table

Id = tuple[str, str]
"""Table and column; for metrics and widgets `metric` or `widget` and a name."""

PUBLISHED = ("gold", "quality")
Schema = dict[str, Any]
_OPTIONS: dict[str, Any] = {"dialect": "duckdb", "trim_selects": False}
"""Without a copy of the query for each column, which takes most of the time."""


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
        node = manifest["nodes"].get(unique_id, {"depends_on": {}})
        # What a model reads of the audit tables are no columns of its own.
        sources = [
            id_
            for id_ in node["depends_on"].get("nodes", [])
            if manifest["sources"].get(id_, {}).get("source_name") == "landing"
        ]
        for source in sources:
            for name in catalogue.tables[source].columns.keys() & table.columns.keys():
                result.add((source, name), (unique_id, name))
        if not sources and (sql := node.get("compiled_code")) and table.kind != "metric_view":
            _follow_model(result, table, sql, schema, ids)
    gold = Gold(catalogue)
    _follow_metrics(result, view, gold)
    _follow_widgets(result, board, gold)
    return result


# --- Models ---------------------------------------------------------------------------------------


def _schema(
    manifest: Mapping[str, Any], catalog: Mapping[str, Any]
) -> tuple[Schema, dict[tuple[str, str, str], str]]:
    """The columns of every relation, as sqlglot wants them, and the node of each relation."""
    schema: Schema = {}
    ids = {}
    for unique_id, built in catalog["nodes"].items():
        if node := manifest["nodes"].get(unique_id):
            database, layer, name = node["database"], node["schema"], node["alias"]
            ids[database, layer, name] = unique_id
            columns = {name: column["type"] for name, column in built["columns"].items()}
            schema.setdefault(database, {}).setdefault(layer, {})[name] = columns
    for source in manifest["sources"].values():
        columns = {name: column["data_type"] for name, column in source["columns"].items()}
        layers = schema.setdefault(source["database"], {})
        layers.setdefault(source["schema"], {})[source["identifier"]] = columns
    return schema, ids


def _follow_model(
    result: Lineage,
    table: Table,
    sql: str,
    schema: Schema,
    ids: Mapping[tuple[str, str, str], str],
) -> None:
    """Add what the columns of a model are made of."""
    seeds = {relation[2] for relation, id_ in ids.items() if id_.startswith("seed.")}
    try:
        columns = lineage(None, _with_lookups(sql, seeds), schema, **_OPTIONS)
    except (SqlglotError, ValueError) as error:
        result.untraced.append(f"{table.name}: {str(error).splitlines()[0]}")
        return
    for name, node in columns.items():
        for source, column in _leaves(node):
            if parent := ids.get((source.catalog, source.db, source.name)):
                result.add((parent, column), (table.id, name.lower()))


def _with_lookups(sql: str, seeds: set[str]) -> exp.Expr:
    """The same query, in which a value from a seed is made of what it was looked up by as well.

    The gender in words comes from the list of codes and from the code in the file.
    """
    query = sqlglot.parse_one(sql, read="duckdb")
    for select in query.find_all(exp.Select):
        for join in select.args.get("joins") or []:
            on, seed = join.args.get("on"), join.alias_or_name
            if on is None or not isinstance(join.this, exp.Table) or join.this.name not in seeds:
                continue
            by = [each for each in on.find_all(exp.Column) if each.table not in ("", seed)]
            found = [each for part in select.expressions for each in part.find_all(exp.Column)]
            for column in found:
                if column.table == seed:
                    made = exp.Coalesce(this=column.copy(), expressions=[b.copy() for b in by])
                    named = column.parent is select
                    column.replace(exp.alias_(made, column.name) if named else made)
    return query


def _leaves(node: Node) -> list[tuple[exp.Table, str]]:
    """The columns of relations that a column is made of in the end."""
    return [
        (leaf.source, leaf.name.rpartition(".")[2].strip('"').lower())
        for leaf in node.walk()
        if isinstance(leaf.source, exp.Table)
    ]


# --- Metrics and widgets --------------------------------------------------------------------------


class Gold:
    """Gold and quality by bare table names, as metrics and data sets call them."""

    def __init__(self, catalogue: Catalogue) -> None:
        tables = [table for table in catalogue.tables.values() if table.layer in PUBLISHED]
        self.ids = {table.name: table.id for table in tables}
        self.schema: Schema = {
            table.name: {name: column.type or "text" for name, column in table.columns.items()}
            for table in tables
            if table.columns
        }

    def made_of(self, sql: str) -> dict[str, set[Id]]:
        """By column of a query: the columns it is made of."""
        query = single_query(sql).copy()
        for table in query.find_all(exp.Table):
            table.set("db", None)  # data sets write `quality.` before the tables of that layer
        found = {}
        text = query.sql(dialect="duckdb")
        for column, node in lineage(None, text, self.schema, **_OPTIONS).items():
            leaves = {(self.ids.get(source.name), name) for source, name in _leaves(node)}
            found[column.lower()] = {(id_, name) for id_, name in leaves if id_}
        return found


def _follow_metrics(result: Lineage, view: MetricView, gold: Gold) -> None:
    source = gold.made_of(view.source)
    joins = {join.name: gold.ids[join.table] for join in view.joins}
    for name in (*view.dimensions, *view.measures):
        for column in expanded(view, name).find_all(exp.Column):
            parents: Iterable[Id] = ()
            if column.table == "source":
                parents = source.get(column.name.lower(), set())
            elif column.table:
                parents = [(joins[column.table], column.name.lower())]
            for parent in parents:
                result.add(parent, ("metric", name))


def _follow_widgets(result: Lineage, board: definition.Dashboard, gold: Gold) -> None:
    datasets = {}
    for name, dataset in board.datasets.items():
        try:
            datasets[name] = gold.made_of(dataset.sql)
        except (SqlglotError, BadSqlError, ValueError) as error:
            result.untraced.append(f"data set {dataset.title}: {str(error).splitlines()[0]}")
    for widget in board.widgets:
        for query in widget.queries:
            made_of = datasets.get(query.dataset, {})
            for expression in query.fields.values():
                for column in _columns(expression, board.datasets[query.dataset].calculations):
                    for parent in made_of.get(column.lower(), set()):
                        result.add(parent, ("widget", widget.name))


def _columns(expression: str, calculations: Mapping[str, str]) -> set[str]:
    try:
        return expressions.columns(expressions.compile_expression(expression, calculations))
    except expressions.UnsupportedError:
        return set()


def by_table(ids: Iterable[Id], tables: Mapping[str, Table]) -> list[tuple[Table, list[str]]]:
    """Columns grouped by their table, in the order of the layers they pass."""
    grouped: dict[str, list[str]] = defaultdict(list)
    for table, column in ids:
        if table in tables:
            grouped[table].append(column)
    order = ("landing", "bronze", "silver", "gold", "quality")

    def place(table: Table) -> tuple[int, bool, str]:
        return order.index(table.layer), not table.name.startswith("stg_"), table.name

    found = [(tables[table], sorted(columns)) for table, columns in grouped.items()]
    return sorted(found, key=lambda item: place(item[0]))
