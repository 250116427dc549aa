"""What SQL of a data set says: its statements, its tables, its columns, and the same for DuckDB."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify


class BadSqlError(ValueError):
    """SQL that cannot be used; the message says why."""


@lru_cache(maxsize=64)
def statements(sql: str) -> tuple[exp.Expr, ...]:
    """The statements of a text of Databricks SQL; not to be changed.

    Raises:
        BadSqlError: when it does not parse.
    """
    try:
        parsed = sqlglot.parse(sql, read="databricks")
    except SqlglotError as error:
        first_line = str(error).splitlines()[0]
        raise BadSqlError(f"is not Databricks SQL: {first_line}") from error
    return tuple(statement for statement in parsed if statement)


def single_query(sql: str) -> exp.Query:
    """The one query of a data set.

    Raises:
        BadSqlError: when there is none, more than one, or something else than a query.
    """
    found = statements(sql)
    if len(found) != 1:
        raise BadSqlError(f"holds {len(found)} statements; a data set is exactly one.")
    query = found[0]
    if not isinstance(query, exp.Query):
        raise BadSqlError(f"holds a {query.key.upper()} statement; a data set only reads.")
    return query


def to_duckdb(sql: str) -> str:
    """The query in DuckDB's dialect.

    Raises:
        BadSqlError: see `single_query`.
    """
    return single_query(sql).sql(dialect="duckdb")


def tables(query: exp.Expr) -> set[str]:
    """The tables a query reads, as written, CTEs left out."""
    ctes = {cte.alias_or_name.lower() for cte in query.find_all(exp.CTE)}
    found = set()
    for table in query.find_all(exp.Table):
        name = ".".join(part.name for part in table.parts)
        if isinstance(table.this, exp.Identifier) and name.lower() not in ctes:
            found.add(name)
    return found


def parameters(query: exp.Expr) -> set[str]:
    """The named parameters (`:name`) a query uses."""
    return {str(node.name or node.this) for node in query.find_all(exp.Placeholder) if node.this}


def output_columns(sql: str, known: Mapping[str, set[str]]) -> list[str]:
    """The names of the columns a query returns.

    Args:
        sql: one query in Databricks SQL.
        known: the columns of the tables it may read, by name as written in the query.

    Raises:
        BadSqlError: see `single_query`; also when a column is unknown or ambiguous.
    """
    tables_known = tuple((name, tuple(sorted(found))) for name, found in sorted(known.items()))
    return list(_output_columns(sql, tables_known))


@lru_cache(maxsize=64)
def _output_columns(sql: str, known: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[str, ...]:
    schema: dict[str, object] = {}
    for table, names in known:
        *prefix, last = table.split(".")
        place = schema
        for part in prefix or ["_"]:
            place = place.setdefault(part, {})  # type: ignore[assignment]
        place[last] = dict.fromkeys(names, "unknown")
    try:
        qualified = qualify(
            single_query(sql).copy(),
            dialect="databricks",
            schema=schema,
            db="_",
            validate_qualify_columns=True,
            quote_identifiers=False,
        )
    except SqlglotError as error:
        raise BadSqlError(f"reads something that is not there: {error}.") from error
    return tuple(qualified.named_selects)


def has_order(query: exp.Query) -> bool:
    """Whether the query itself puts its rows in an order."""
    return query.args.get("order") is not None
