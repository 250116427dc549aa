"""The metric view: what can be measured, by what, and the SQL behind each name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import sqlglot
from pydantic import Field as Key
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.expressions import Expr

from metric_ask.errors import MetricAskError
from metric_ask.files import Strict, load_yaml, read_text, validated

VIEW_DIALECT = "databricks"
SOURCE = "source"
UNKNOWN = "n/a"
"""The value that stands for an unknown one."""

Unit = Literal["day", "week", "month", "quarter", "year"]
UNITS: tuple[Unit, ...] = ("day", "week", "month", "quarter", "year")


@dataclass(frozen=True)
class Field:
    """A dimension or a measure."""

    name: str
    # In the Databricks dialect, over the source, the joins, and other fields (a dimension by its
    # name, a measure as `measure(<name>)`).
    expr: str
    title: str
    comment: str = ""
    synonyms: tuple[str, ...] = ()
    is_measure: bool = False
    is_share: bool = False  # Whether its figures are shown as percentages.
    # Digits behind the point (of the percentage, for a share); None for as many as there are.
    places: int | None = None
    order: tuple[str, ...] = ()  # The values of a dimension in their own order, if they have one.

    @cached_property
    def is_count(self) -> bool:
        """Whether the measure counts rows or values."""
        return isinstance(_parsed(self.expr), exp.Count)

    @cached_property
    def starts_at_zero(self) -> bool:
        """Whether no rows mean 0 (a sum, a count) rather than no figure (an average)."""
        tree = _parsed(self.expr)
        if isinstance(tree, exp.Coalesce):
            return any(each.name == "0" for each in tree.expressions)
        return isinstance(tree, exp.Count | exp.Sum)


class Join(Strict):
    """A table, its name in the view, and what its row and the source's have in common."""

    name: str
    table: str = Key(alias="source")
    on: str = ""
    using: tuple[str, ...] = ()
    rely: dict[str, bool] | None = None

    @property
    def condition(self) -> str:
        """The condition under which a row belongs to the source's."""
        same = (f"{SOURCE}.{column} = {self.name}.{column}" for column in self.using)
        return self.on or " and ".join(same)


@dataclass(frozen=True)
class MetricView:
    """A metric view; `load_view` and `parse_view` make one."""

    source: str  # A query or the name of a table.
    joins: tuple[Join, ...]  # The tables joined to it.
    dimensions: dict[str, Field]
    measures: dict[str, Field]
    comment: str = ""
    filter: str = ""  # A condition that all rows fulfil; may be empty.

    def field(self, name: str) -> Field:
        """The dimension or measure of this name."""
        return self.dimensions.get(name) or self.measures[name]

    @cached_property
    def grains(self) -> dict[str, Unit]:
        """The dimensions that are dates, finest first: each holds the first day of its unit.

        These are the dimensions that `date_trunc` makes of a date, and the date itself. The first
        date that is treated so counts.
        """
        found: dict[str, Unit] = {}
        base = ""
        for name in self.dimensions:
            for each in expanded(self, name).find_all(exp.TimestampTrunc, exp.DateTrunc):
                unit, date = str(each.args["unit"].name).lower(), _bare(each.this)
                base = base or date
                if unit in UNITS and date == base:
                    found[name] = unit  # type: ignore[assignment]
        day = (name for name in self.dimensions if _bare(expanded(self, name)) == base)
        found |= {name: "day" for name in list(day)[:1] if base}
        return dict(sorted(found.items(), key=lambda each: UNITS.index(each[1])))

    @property
    def time(self) -> str:
        """The dimension that is the date itself; empty when there is none."""
        return next((name for name, unit in self.grains.items() if unit == "day"), "")

    def grain(self, unit: Unit) -> str:
        """The dimension of a unit; empty when there is none."""
        return next((name for name, known in self.grains.items() if known == unit), "")

    @cached_property
    def _trees(self) -> dict[str, Expr]:
        return {}


class _Format(Strict):
    type: str = "number"
    decimal_places: Mapping[str, Any] = {}
    currency_code: str = ""
    abbreviation: str = ""
    hide_group_separator: bool = False


class _Field(Strict):
    name: str
    expr: str
    display_name: str = ""
    comment: str = ""
    synonyms: tuple[str, ...] = ()
    format: _Format | None = None

    def field(self, *, is_measure: bool) -> Field:
        places = int(self.format.decimal_places.get("places", 0)) if self.format else None
        is_share = bool(self.format and self.format.type == "percentage")
        title = self.display_name or self.name.replace("_", " ").capitalize()
        expr = " ".join(self.expr.split())
        return Field(
            self.name, expr, title, self.comment, self.synonyms, is_measure, is_share, places
        )


class _View(Strict):
    version: str | float
    source: str
    comment: str = ""
    filter: str = ""
    joins: tuple[Join, ...] = ()
    dimensions: tuple[_Field, ...] = Key(min_length=1)
    measures: tuple[_Field, ...] = Key(min_length=1)


def load_view(path: Path) -> MetricView:
    """Read a metric view from a YAML file, in the form of Databricks."""
    return parse_view(read_text(path, "metric view"), str(path))


def parse_view(text: str, where: str = "The metric view") -> MetricView:
    """Read a metric view from YAML text without Jinja; `where` is what an error calls it."""
    spec = validated(_View, load_yaml(text, where), where)
    fields = [
        *(each.field(is_measure=False) for each in spec.dimensions),
        *(each.field(is_measure=True) for each in spec.measures),
    ]
    names = [each.name for each in fields]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise MetricAskError(f"{where} defines {', '.join(twice)} twice.", "Rename one of them.")
    dimensions = {each.name: each for each in fields if not each.is_measure}
    measures = {each.name: each for each in fields if each.is_measure}
    view = MetricView(spec.source, spec.joins, dimensions, measures, spec.comment, spec.filter)
    for name in names:
        try:
            expanded(view, name)
        except (SqlglotError, RecursionError, KeyError) as error:
            raise MetricAskError(
                f"{where}: the expression of {name} cannot be read: {error}",
                "Write it in Databricks SQL, over the source, the joins and other fields.",
            ) from error
    return view


def expanded(view: MetricView, name: str) -> Expr:
    """The expression of a field, with the fields it refers to put in their place."""
    if name not in view._trees:
        tree = expand(view, view.field(name).expr, name)
        # A truncated date is a timestamp on some engines.
        is_step = isinstance(tree, exp.TimestampTrunc | exp.DateTrunc)
        view._trees[name] = exp.cast(tree, "date") if is_step else tree
    return view._trees[name].copy()


def expand(view: MetricView, sql: str, within: str = "") -> Expr:
    """An expression with fields put in their place, and bare columns given to the source."""

    def replace(node: Expr) -> Expr:
        if isinstance(node, exp.Anonymous) and node.name.lower() == "measure":
            return exp.paren(expanded(view, node.expressions[0].name))
        if isinstance(node, exp.Column) and not node.table:
            if isinstance(node.parent, exp.Anonymous) and node.parent.name.lower() == "measure":
                return node
            if node.name in view.dimensions and node.name != within:
                return exp.paren(expanded(view, node.name))
            return exp.column(node.name, SOURCE)
        return node

    return _parsed(sql).copy().transform(replace)


def _parsed(sql: str) -> Expr:
    return sqlglot.parse_one(sql, read=VIEW_DIALECT)


def _bare(tree: Expr) -> str:
    """The SQL of an expression, without casts and parentheses around it."""
    while isinstance(tree, exp.Cast | exp.Paren):
        tree = tree.this
    return str(tree.sql())
