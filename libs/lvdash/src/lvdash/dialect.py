"""The SQL of data sets: what it reads and returns, and the same query for DuckDB."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

from lvdash.tables import Tables


class BadSqlError(ValueError):
    """SQL that cannot be used; the message completes a sentence that starts with "its SQL"."""


@lru_cache(maxsize=64)
def single_query(sql: str) -> exp.Query:
    """The one query of a data set; callers must not change it.

    Raises:
        BadSqlError: if there is none, more than one, or a statement that is not a query.
    """
    try:
        found = list(filter(None, sqlglot.parse(sql, read="databricks")))
    except (SqlglotError, RecursionError) as error:
        first_line = str(error).splitlines()[0]
        raise BadSqlError(f"cannot be parsed as Databricks SQL: {first_line}") from error
    if len(found) != 1:
        raise BadSqlError(f"holds {len(found)} statements; a data set is exactly one.")
    query = found[0]
    if not isinstance(query, exp.Query):
        raise BadSqlError(f"holds a {query.key.upper()} statement; a data set only reads.")
    return query


def to_duckdb(
    sql: str,
    tables: Tables | None = None,
    schema: str | None = None,
    values: Mapping[str, exp.Expr] | None = None,
) -> str:
    """The query in DuckDB's dialect.

    Names of tables are completed with the schema that holds them: `schema`, or the one that
    `tables` know. `values` take the place of the parameters, by keyword (`period.min` for an end
    of a range).

    Raises:
        BadSqlError: see `single_query`.
    """
    query, given = single_query(sql).copy(), values or {}
    for node in list(query.find_all(exp.Placeholder)):
        keyword, edge = _keyword(node), _edge_of(node)
        if keyword in given:
            (edge or node).replace(given[keyword].copy())
    return _placed(query, tables, schema).sql(dialect="duckdb")


def _placed(query: exp.Query, known: Tables | None, schema: str | None) -> exp.Query:
    """Completes the names of tables, in place."""
    for table in _tables(query) if known else ():
        if known and (found := known.find(_written(table), schema)):
            place, name = found.split(".", 1)
            table.set("catalog", None)
            table.set("db", exp.to_identifier(place, quoted=True))
            table.set("this", exp.to_identifier(name, quoted=True))
    return query


def _written(table: exp.Table) -> str:
    return ".".join(part.name for part in table.parts)


def _tables(query: exp.Expr) -> list[exp.Table]:
    ctes = {cte.alias_or_name.lower() for cte in query.find_all(exp.CTE)}
    return [
        table
        for table in query.find_all(exp.Table)
        if isinstance(table.this, exp.Identifier) and _written(table).lower() not in ctes
    ]


def tables(query: exp.Expr) -> set[str]:
    """The tables a query reads, as written, without CTEs."""
    return {_written(table) for table in _tables(query)}


def _edge_of(node: exp.Expr) -> exp.Dot | None:
    """The end of a range that a parameter is a part of: `:period.min`."""
    parent = node.parent
    return parent if isinstance(parent, exp.Dot) and parent.this is node else None


def _keyword(node: exp.Expr) -> str:
    name, edge = str(node.name or node.this), _edge_of(node)
    return f"{name}.{edge.expression.name.lower()}" if edge else name


def parameters(query: exp.Expr) -> set[str]:
    """The named parameters (`:name`) a query uses; `name.min` and `name.max` for a range."""
    return {_keyword(node) for node in query.find_all(exp.Placeholder) if node.this}


def output_columns(sql: str, known: Tables | None, schema: str | None = None) -> list[str] | None:
    """The names of the columns a query returns; None if they cannot be known.

    Columns are checked where the tables that it may read are `known`.

    Raises:
        BadSqlError: see `single_query`; also if a column is unknown or ambiguous.
    """
    query = single_query(sql)
    if any(not isinstance(each, (exp.Alias, exp.Column, exp.Star)) for each in query.selects):
        return None  # Databricks names expressions by rules of its own
    if known is None:
        return None if query.is_star else list(query.named_selects)
    return list(_output_columns(sql, known, schema))


@lru_cache(maxsize=64)
def _output_columns(sql: str, known: Tables, schema: str | None) -> tuple[str, ...]:
    try:
        qualified = qualify(
            _placed(single_query(sql).copy(), known, schema),
            dialect="databricks",
            schema=known.nested(),
            validate_qualify_columns=True,
            quote_identifiers=False,
        )
    except (SqlglotError, RecursionError) as error:
        raise BadSqlError(f"reads something that is not there: {error}.") from error
    return tuple(qualified.named_selects)
