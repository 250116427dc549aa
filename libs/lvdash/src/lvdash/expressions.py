"""Turns the expressions of a dashboard's fields into small trees that the page evaluates.

An expression is Databricks SQL over the columns of one data set. A tree is a JSON list whose
first item is the operation: `["sum", ["column", "revenue"]]`. Only what is listed here is
known; anything else raises `UnsupportedError`, so that the page can say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

Tree = list[Any]

AGGREGATES: dict[type[exp.Expr], str] = {
    exp.Sum: "sum",
    exp.Avg: "avg",
    exp.Min: "min",
    exp.Max: "max",
}
AGGREGATE_NAMES = {*AGGREGATES.values(), "min_by", "max_by", "count", "count_distinct"}

UNARY: dict[type[exp.Expr], str] = {exp.Not: "not", exp.Abs: "abs"}
BINARY: dict[type[exp.Expr], str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.SafeDivide: "/",
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.And: "and",
    exp.Or: "or",
    exp.Nullif: "nullif",
    exp.ArgMin: "min_by",
    exp.ArgMax: "max_by",
}
DATE_PARTS = {"SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"}
ASSOCIATIVITY = "associative_filter_predicate_group"
"""A function in fields of filters that only Databricks needs, to grey out absent values."""


class UnsupportedError(ValueError):
    """An expression the page cannot evaluate; the message says which part."""


class UndefinedError(UnsupportedError):
    """A measure that the data set does not define."""


def compile_expression(text: str, calculations: Mapping[str, str]) -> Tree:
    """The tree of Databricks SQL such as ``MEASURE(`Revenue`)``.

    `calculations` are the data set's own calculated columns and measures.

    Raises:
        UnsupportedError: if the expression is not SQL or uses something unknown.
        UndefinedError: if it uses a measure that `calculations` do not define.
    """
    return _compile(text, calculations, ())


def _compile(text: str, calculations: Mapping[str, str], inside: tuple[str, ...]) -> Tree:
    try:
        node = _parsed(text)
    except (SqlglotError, RecursionError) as error:
        raise UnsupportedError(f"The expression '{text}'") from error
    return _tree(node, calculations, inside)


@cache  # widgets share their measures
def _parsed(text: str) -> exp.Expr:
    # COUNT(`*`) is how the dashboard editor writes COUNT(*)
    return sqlglot.parse_one(text.replace("`*`", "*"), read="databricks")


def _tree(node: exp.Expr, calculations: Mapping[str, str], inside: tuple[str, ...]) -> Tree:
    def sub(part: exp.Expr) -> Tree:
        return _tree(part, calculations, inside)

    if isinstance(node, exp.Paren):
        return sub(node.this)
    if isinstance(node, exp.Column):
        name = node.name
        if name in calculations and name not in inside:
            return _compile(calculations[name], calculations, (*inside, name))
        return ["column", name]
    if isinstance(node, exp.Anonymous) and node.name.upper() == "MEASURE":
        name = node.expressions[0].name if len(node.expressions) == 1 else ""
        if name not in calculations or name in inside:
            raise UndefinedError(f"The measure '{name}'")
        return _compile(calculations[name], calculations, (*inside, name))
    if isinstance(node, exp.Count):
        return _count(node, sub)
    if type(node) in AGGREGATES:
        if isinstance(node.this, exp.Distinct):
            raise _unsupported(node, "DISTINCT is known in COUNT only")
        return [AGGREGATES[type(node)], sub(node.this)]
    if type(node) in UNARY:
        return [UNARY[type(node)], sub(node.this)]
    if type(node) in BINARY:
        return [BINARY[type(node)], sub(node.this), sub(node.expression)]
    return _scalar(node, sub)


def _scalar(node: exp.Expr, sub: Any) -> Tree:
    if isinstance(node, exp.Literal):
        return ["value", node.this if node.is_string else float(node.this)]
    if isinstance(node, exp.Null):
        return ["value", None]
    if isinstance(node, exp.Boolean):
        return ["value", bool(node.this)]
    if isinstance(node, exp.Neg):
        return ["-", ["value", 0], sub(node.this)]
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        return ["is null", sub(node.this)]
    if isinstance(node, exp.In) and node.expressions:
        return ["in", sub(node.this), *map(sub, node.expressions)]
    if isinstance(node, exp.Between):
        return ["between", sub(node.this), sub(node.args["low"]), sub(node.args["high"])]
    if isinstance(node, exp.Case):
        return _case(node, sub)
    if isinstance(node, exp.If):
        return ["case", sub(node.this), sub(node.args["true"]), _else(node.args.get("false"), sub)]
    if isinstance(node, exp.Coalesce):
        return ["coalesce", sub(node.this), *map(sub, node.expressions)]
    if isinstance(node, (exp.Concat, exp.DPipe)):
        return ["concat", *map(sub, node.expressions or [node.this, node.expression])]
    if isinstance(node, exp.Round):
        decimals = node.args.get("decimals")
        return ["round", sub(node.this), sub(decimals) if decimals else ["value", 0]]
    if isinstance(node, (exp.DateTrunc, exp.TimestampTrunc)):
        unit = node.text("unit").upper()
        if unit not in DATE_PARTS:
            raise _unsupported(node, f"unit {unit}")
        return ["date_trunc", unit, sub(node.this)]
    raise _unsupported(node)


def _unsupported(node: exp.Expr, why: str = "") -> UnsupportedError:
    text = f"The expression '{node.sql('databricks')}'"
    return UnsupportedError(f"{text} ({why})" if why else text)


def _count(node: exp.Count, sub: Any) -> Tree:
    inner = node.this
    if isinstance(inner, exp.Distinct):
        if len(inner.expressions) != 1:
            raise _unsupported(node, "more than one column")
        return ["count_distinct", sub(inner.expressions[0])]
    if inner is None or isinstance(inner, exp.Star):
        return ["count"]
    return ["count", sub(inner)]


def _case(node: exp.Case, sub: Any) -> Tree:
    branches: list[Any] = []
    for branch in node.args["ifs"]:
        condition = sub(branch.this)
        if node.this is not None:
            condition = ["=", sub(node.this), condition]
        branches += [condition, sub(branch.args["true"])]
    return ["case", *branches, _else(node.args.get("default"), sub)]


def _else(node: exp.Expr | None, sub: Any) -> Tree:
    return ["value", None] if node is None else list(sub(node))


def is_aggregate(tree: Tree) -> bool:
    """Whether a tree holds an aggregate, so that it is one value for a group of rows."""
    return any(part[0] in AGGREGATE_NAMES for part in walk(tree))


def columns(tree: Tree) -> set[str]:
    """The data set columns a tree reads."""
    return {part[1] for part in walk(tree) if part[0] == "column"}


def walk(tree: Tree) -> Iterator[Tree]:
    """A tree and all trees below it."""
    yield tree
    for part in tree[1:]:
        if isinstance(part, list):
            yield from walk(part)
