"""What SQL of a data set says: its statements, its tables, its columns, and the same for DuckDB."""

from __future__ import annotations

from collections.abc import Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify


class BadSql(ValueError):
    """SQL that cannot be used; the message says why."""


def statements(sql: str) -> list[exp.Expression]:
    """The statements of a text of Databricks SQL.

    Raises:
        BadSql: when it does not parse.
    """
    try:
        return [statement for statement in sqlglot.parse(sql, read="databricks") if statement]
    except SqlglotError as error:
        first_line = str(error).splitlines()[0]
        raise BadSql(f"is not Databricks SQL: {first_line}") from error


def single_query(sql: str) -> exp.Query:
    """The one query of a data set.

    Raises:
        BadSql: when there is none, more than one, or something else than a query.
    """
    found = statements(sql)
    if len(found) != 1:
        raise BadSql(f"holds {len(found)} statements; a data set is exactly one.")
    query = found[0]
    if not isinstance(query, exp.Query):
        raise BadSql(f"holds a {query.key.upper()} statement; a data set only reads.")
    return query


def to_duckdb(sql: str) -> str:
    """The query in DuckDB's dialect.

    Raises:
        BadSql: see `single_query`.
    """
    return single_query(sql).sql(dialect="duckdb")


def tables(query: exp.Expression) -> set[str]:
    """The tables a query reads, as written, CTEs left out."""
    ctes = {cte.alias_or_name.lower() for cte in query.find_all(exp.CTE)}
    found = set()
    for table in query.find_all(exp.Table):
        name = ".".join(part.name for part in table.parts)
        if isinstance(table.this, exp.Identifier) and name.lower() not in ctes:
            found.add(name)
    return found


def parameters(query: exp.Expression) -> set[str]:
    """The named parameters (`:name`) a query uses."""
    return {str(node.name or node.this) for node in query.find_all(exp.Placeholder) if node.this}


def output_columns(query: exp.Query, known: Mapping[str, set[str]]) -> list[str]:
    """The names of the columns a query returns.

    Args:
        query: a query from `single_query`.
        known: the columns of the tables it may read, by name as written in the query.

    Raises:
        BadSql: when a column is unknown or ambiguous.
    """
    schema: dict[str, object] = {}
    for table, names in known.items():
        columns = dict.fromkeys(sorted(names), "unknown")
        *prefix, last = table.split(".")
        place = schema
        for part in prefix or ["_"]:
            place = place.setdefault(part, {})  # type: ignore[assignment]
        place[last] = columns
    try:
        qualified = qualify(
            query.copy(),
            dialect="databricks",
            schema=schema,
            db="_",
            validate_qualify_columns=True,
            quote_identifiers=False,
        )
    except SqlglotError as error:
        raise BadSql(f"reads something that is not there: {error}.") from error
    return list(qualified.named_selects)


def has_order(query: exp.Query) -> bool:
    """Whether the query itself puts its rows in an order."""
    return query.args.get("order") is not None
