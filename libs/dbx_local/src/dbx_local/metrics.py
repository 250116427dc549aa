"""Metric views of Databricks (YAML 1.1) as those of open-source Spark (YAML 0.1).

Spark's have no joins, no measures made of measures, no dimensions made of dimensions, and nothing
but a name and an expression in a column. The joins become part of the source, which then has the
joined columns beside its own (`products.category` is `products__category`); what refers to another
dimension or measure gets that one's expression in brackets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import yaml

from dbx_local.errors import StatementError
from dbx_local.sqltext import Match, Sql, quote

if TYPE_CHECKING:
    from dbx_local.shims import Context

_TOP_LEVEL = frozenset(
    {"version", "source", "comment", "filter", "joins", "dimensions", "fields", "measures"}
)
_COLUMN = frozenset({"name", "expr", "display_name", "comment", "synonyms", "format"})
_JOIN = frozenset({"name", "source", "on", "using", "rely"})


def translate_metric_view(text: str, context: Context) -> str:
    """The YAML of a metric view as Spark takes it.

    Raises:
        StatementError: for a definition with keys that are unknown or not supported here.
    """
    try:
        definition = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise StatementError(f"[INVALID_METRIC_VIEW_YAML] {error}") from error
    if not isinstance(definition, dict):
        raise StatementError("[INVALID_METRIC_VIEW_YAML] The definition is no mapping.")
    _only(definition, _TOP_LEVEL, "the metric view")
    joins = [_join(each) for each in definition.get("joins") or []]
    source = _relation(str(definition["source"]), context)
    columns = _columns_of(source, context)
    names = {join["name"].lower() for join in joins}
    dimensions: dict[str, str] = {}
    own: dict[str, str] = {}  # of the dimensions, those that no column hides
    for column in definition.get("dimensions") or definition.get("fields") or []:
        _only(column, _COLUMN, f"dimension {column.get('name')}")
        name = str(column["name"]).lower()
        dimensions[name] = _inlined(_flat(str(column["expr"]), names), own)
        if name not in columns:
            own[name] = dimensions[name]
    measures: dict[str, str] = {}
    for column in definition.get("measures") or []:
        _only(column, _COLUMN, f"measure {column.get('name')}")
        expression = _with_measures(_flat(str(column["expr"]), names), measures)
        measures[str(column["name"]).lower()] = _inlined(expression, own)
    result: dict[str, Any] = {"version": "0.1", "source": source}
    if joins:
        result["source"] = _joined(source, joins, context)
    if definition.get("filter"):
        result["filter"] = _flat(str(definition["filter"]), names)
    result["dimensions"] = [{"name": name, "expr": text} for name, text in dimensions.items()]
    result["measures"] = [{"name": name, "expr": text} for name, text in measures.items()]
    return "\n" + yaml.safe_dump(result, sort_keys=False, width=10_000)


def _only(found: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    unknown = sorted(str(key) for key in found if key not in known)
    if unknown:
        raise StatementError(
            f"[INVALID_METRIC_VIEW_YAML] {where} has {', '.join(unknown)}, which is unknown, or "
            "not supported by the local warehouse."
        )


def _join(found: dict[Any, Any]) -> dict[str, Any]:
    """A join; `on` is a boolean to YAML unless it is quoted."""
    join = {("on" if key is True else str(key)): value for key, value in found.items()}
    _only(join, _JOIN, f"join {join.get('name')}")
    return join


def _relation(source: str, context: Context) -> str:
    """A table's name or a query, with the names that Spark knows."""
    from dbx_local.shims import three_part_names

    return Sql(source.strip()).rewrite("name", lambda found: three_part_names(found, context)).text


def _is_query(relation: str) -> bool:
    return Sql(relation).word(0) in ("SELECT", "WITH", "(")


def _from(relation: str) -> str:
    return f"({relation})" if _is_query(relation) else relation


def _columns_of(relation: str, context: Context) -> list[str]:
    frame = context.spark.sql(f"select * from {_from(relation)}")
    return [str(name).lower() for name in frame.columns]


def _joined(source: str, joins: list[dict[str, Any]], context: Context) -> str:
    selected = ["source.*"]
    joined = []
    for join in joins:
        name = str(join["name"])
        relation = _relation(str(join["source"]), context)
        selected += [
            f"{quote(name, column)} as {quote(f'{name.lower()}__{column}')}"
            for column in _columns_of(relation, context)
        ]
        if "using" in join:
            condition = f"using ({', '.join(quote(column) for column in join['using'])})"
        else:
            condition = f"on {join['on']}"
        joined.append(f"left join {_from(relation)} as {quote(name)} {condition}")
    return f"select {', '.join(selected)} from {_from(source)} as source {' '.join(joined)}"


def _flat(expression: str, joins: set[str]) -> str:
    """`join.column` as `join__column`, `source.column` as `column`."""

    def flat(found: Match) -> str | None:
        parts = [part.lower() for part in found.name.parts]
        if len(parts) != 2 or parts[0] not in (*joins, "source"):
            return None
        return quote(parts[1] if parts[0] == "source" else "__".join(parts))

    return Sql(expression).rewrite("name", flat).text


def _with_measures(expression: str, measures: dict[str, str]) -> str:
    """`measure(other)` as the other's expression."""

    def inlined(found: Match) -> str:
        name = found.columns[0].lower()
        if name not in measures:
            raise StatementError(
                f"[INVALID_METRIC_VIEW_YAML] measure({name}) is used before it is defined."
            )
        return f"({measures[name]})"

    return Sql(expression).rewrite("MEASURE ( column )", inlined).text


def _inlined(expression: str, others: dict[str, str]) -> str:
    """The bare name of another dimension as that one's expression."""

    def inlined(found: Match) -> str | None:
        name = found.name.parts[0].lower()
        is_other = len(found.name.parts) == 1 and name in others
        return f"({others[name]})" if is_other and found.sql.word(found.after) != "(" else None

    return Sql(expression).rewrite("name", inlined).text
