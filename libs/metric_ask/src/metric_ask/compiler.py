"""From a request over the metric view to SQL for DuckDB or Databricks.

Everything is built as sqlglot expressions: the view's own expressions, parsed, and literals made
from values that were found in the data. There is no place where text could turn into SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.expressions import Expr

from metric_ask.metrics import GRAINS, MetricView
from metric_ask.request import Filter, Period, Request

VIEW_DIALECT = "databricks"

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DAYS = {"order_date": 1, "week": 7}

# Dimensions whose values have an order of their own, and what it is.
_NATURAL_ORDER = {"weekday": "dates.day_of_week"}


def compile_sql(request: Request, view: MetricView, dialect: str = "duckdb") -> str:
    """The SQL of a request, over the tables of gold by their bare names.

    Columns of the result, in this order: the dimensions, the metrics, and with

    - `share`: `share` (0 to 1);
    - `change`: `<metric>_before`, `change` and `change_share` (NULL when there was nothing before).
    """
    return compile_expression(request, view).sql(dialect=dialect, pretty=True)


def compile_expression(request: Request, view: MetricView) -> exp.Select:
    """The same as a tree."""
    compiler = _Compiler(request, view)
    if request.shape == "share":
        return compiler.shares()
    if request.shape == "change":
        return compiler.steps() if request.steps_back else compiler.changes()
    return compiler.rows()


class _Compiler:
    def __init__(self, request: Request, view: MetricView) -> None:
        self.request = request
        self.view = view
        self.metric = request.metrics[0]

    def rows(self) -> exp.Select:
        """One row for each combination of the dimensions."""
        request = self.request
        totals = self._aggregate(request.dimensions, request.metrics, request.period)
        if request.each and request.limit:
            return self._within_each(totals)
        if not request.dimensions:
            return totals
        ordered = totals.order_by(*self._order(self.metric, natural=True), copy=False)
        return self._limited(ordered)

    def shares(self) -> exp.Select:
        """The metric of each row as a share of the metric over all rows, or over those of `each`.

        The whole is measured anew rather than added up: an order with bikes and helmets counts in
        both categories and is still one order.
        """
        request = self.request
        keys = (request.each,) if request.each else ()
        parts = self._aggregate(request.dimensions, (self.metric,), request.period)
        whole = self._aggregate(keys, (self.metric,), request.period)
        whole_value = exp.column(self.metric, "whole")
        share = _rounded_ratio(exp.column(self.metric, "parts"), whole_value)
        select = (
            exp.select(
                *(exp.column(name, "parts") for name in request.dimensions),
                exp.column(self.metric, "parts"),
                exp.alias_(share, "share"),
            )
            .from_("parts")
            .with_("parts", as_=parts)
            .with_("whole", as_=whole)
        )
        if keys:
            select = select.join("whole", on=_same(keys, "parts", "whole"), join_type="inner")
        else:
            select = select.join("whole", join_type="cross")
        if request.share_of:
            name = request.dimensions[0]
            select = select.where(_is_in(exp.column(name, "parts"), request.share_of))
        if request.each and request.limit:
            return self._within_each(select)
        return self._limited(select.order_by(*self._order(self.metric, table="parts")))

    def changes(self) -> exp.Select:
        """The metric in a period beside the metric in an earlier one."""
        request = self.request
        names = request.dimensions
        now = self._aggregate(names, (self.metric,), request.period)
        earlier = self._aggregate(names, (self.metric,), request.before)
        keys = [
            exp.alias_(
                exp.func("coalesce", exp.column(name, "now"), exp.column(name, "earlier")), name
            )
            for name in names
        ]
        select = self._compared(exp.select(*keys), "now", "earlier").from_("now")
        if names:
            select = select.join("earlier", on=_same(names, "now", "earlier"), join_type="full")
        else:
            select = select.join("earlier", join_type="cross")
        select = select.with_("now", as_=now).with_("earlier", as_=earlier)
        return self._directed(select)

    def steps(self) -> exp.Select:
        """The metric of each step of a grain beside the metric so many steps before it."""
        request = self.request
        grain = next(name for name in request.dimensions if name in GRAINS)
        others = tuple(name for name in request.dimensions if name != grain)
        period = request.period
        widened = period
        if period and period.start:
            start = shift(period.start, grain, -request.steps_back)
            start = max(start, request.complete_from or start)
            widened = Period(start, period.end, period.label)
        totals = self._aggregate(request.dimensions, (self.metric,), widened)
        back = exp.Paren(this=_shifted(exp.column(grain, "now"), grain, -request.steps_back))
        same_step = exp.column(grain, "earlier").eq(back)
        on = exp.and_(same_step, _same(others, "now", "earlier")) if others else same_step
        select = (
            self._compared(
                exp.select(*(exp.column(name, "now") for name in request.dimensions)),
                "now",
                "earlier",
                self._is_known(grain),
            )
            .from_("totals as now")
            .join("totals as earlier", on=on, join_type="left")
            .with_("totals", as_=totals)
        )
        if period and period.start:
            select = select.where(exp.column(grain, "now") >= _date(period.start))
        select = select.where(exp.column(grain, "now").is_(exp.null()).not_())
        return self._limited(
            select.order_by(*(_ascending(exp.column(name, "now")) for name in request.dimensions))
        )

    def _is_known(self, grain: str) -> Expr | None:
        """Whether the data reach back to the step that a row is compared with."""
        first = self.request.complete_from
        if first is None:
            return None
        return exp.column(grain, "now") >= _date(shift(first, grain, self.request.steps_back))

    def _compared(
        self, select: exp.Select, now: str, earlier: str, known: Expr | None = None
    ) -> exp.Select:
        """Adds the metric, the metric before, the change, and the change as a share.

        Where `known` does not hold, there is nothing to compare with, which is not the same as 0.
        """
        current: Expr = exp.column(self.metric, now)
        before: Expr = exp.column(self.metric, earlier)
        if self.view.measures[self.metric].starts_at_zero:
            current = exp.func("coalesce", current, exp.Literal.number(0))
            before = exp.func("coalesce", before, exp.Literal.number(0))
        if known is not None:
            before = exp.Case().when(known, before)
        change = exp.Sub(this=current, expression=before)
        positive = exp.GT(this=before.copy(), expression=exp.Literal.number(0))
        share = exp.Case().when(positive, _rounded_ratio(exp.Paren(this=change.copy()), before))
        return select.select(
            exp.alias_(current, self.metric),
            exp.alias_(before, f"{self.metric}_before"),
            exp.alias_(change, "change"),
            exp.alias_(share, "change_share"),
        )

    def _directed(self, select: exp.Select) -> exp.Select:
        """Keeps what went the asked way, and orders by the change."""
        request = self.request
        if request.direction is None:
            ordered = select.order_by(*self._order(self.metric)) if request.dimensions else select
            return self._limited(ordered)
        compared = exp.select(*self._change_columns()).from_("compared")
        compared = compared.with_("compared", as_=select)
        change = exp.column("change")
        zero = exp.Literal.number(0)
        ties = [_ascending(exp.column(name)) for name in request.dimensions]
        up = [_descending(change.copy()), *ties]
        down = [_ascending(change.copy()), *ties]
        if request.direction == "both":
            ranked = exp.select(
                exp.Star(),
                exp.alias_(_row_number([], up), "place_up"),
                exp.alias_(_row_number([], down), "place_down"),
            ).from_("compared")
            limit = exp.Literal.number(request.limit or 10)
            rising = exp.and_(change > zero, exp.column("place_up") <= limit)
            falling = exp.and_(change < zero, exp.column("place_down") <= limit)
            return (
                exp.select(*self._change_columns())
                .from_("ranked")
                .with_("compared", as_=select)
                .with_("ranked", as_=ranked)
                .where(exp.or_(rising, falling))
                .order_by(*up)
            )
        rising_only = request.direction == "up"
        kept = compared.where(change > zero if rising_only else change < zero)
        if request.each and request.limit:
            order = up if rising_only else down
            return self._placed(kept, order)
        return self._limited(kept.order_by(*(up if rising_only else down)))

    def _change_columns(self) -> list[Expr]:
        names = (*self.request.dimensions, self.metric, f"{self.metric}_before")
        return [exp.column(name) for name in (*names, "change", "change_share")]

    def _aggregate(
        self, dimensions: Sequence[str], metrics: Sequence[str], period: Period | None
    ) -> exp.Select:
        """The metrics by the dimensions, over the rows that pass filters and period."""
        columns = [*dimensions, *metrics]
        expressions = {name: expanded(self.view, name) for name in columns}
        conditions = [*self._conditions(), *_within(period)]
        sort_keys = [
            sqlglot.parse_one(_NATURAL_ORDER[name], read=VIEW_DIALECT)
            for name in dimensions
            if name in _NATURAL_ORDER
        ]
        used = [*expressions.values(), *conditions, *sort_keys]
        tables = {column.table for tree in used for column in tree.find_all(exp.Column)}
        source = sqlglot.parse_one(self.view.source, read=VIEW_DIALECT)
        assert isinstance(source, exp.Select)
        select = exp.select(
            *(exp.alias_(expressions[name].copy(), name) for name in columns)
        ).from_(source.subquery("source"))
        for join in self.view.joins:
            if join.name in tables:
                condition = sqlglot.parse_one(join.condition, read=VIEW_DIALECT)
                table = exp.alias_(exp.to_table(join.table), join.name, table=True)
                select = select.join(table, on=condition, join_type="left")
        if conditions:
            select = select.where(*conditions)
        if dimensions:
            select = select.group_by(
                *(exp.Literal.number(place) for place in range(1, len(dimensions) + 1))
            )
        return select

    def _conditions(self) -> list[Expr]:
        return [self._condition(each) for each in self.request.filters]

    def _condition(self, filter_: Filter) -> Expr:
        condition = _is_in(exp.paren(expanded(self.view, filter_.dimension)), filter_.values)
        return exp.not_(condition) if filter_.excluded else condition

    def _order(self, metric: str, *, table: str | None = None, natural: bool = False) -> list[Expr]:
        """By the metric when the rows are ranked, else by the dimensions."""
        request = self.request
        keys: list[Expr] = []
        for name in request.dimensions:
            if natural and name in _NATURAL_ORDER:
                order = sqlglot.parse_one(_NATURAL_ORDER[name], read=VIEW_DIALECT)
                keys.append(_ascending(exp.func("min", order)))
            keys.append(_ascending(exp.column(name, table)))
        if not request.ranked:
            return keys
        value = exp.column(metric, table)
        return [_descending(value) if request.descending else _ascending(value), *keys]

    def _within_each(self, rows: exp.Select) -> exp.Select:
        return self._placed(rows, self._order(self.metric))

    def _placed(self, rows: exp.Select, order: list[Expr]) -> exp.Select:
        """The first rows within each value of a dimension."""
        request = self.request
        assert request.each
        assert request.limit
        names = [name.alias_or_name for name in rows.selects]
        ranked = exp.select(
            exp.Star(), exp.alias_(_row_number([exp.column(request.each)], order), "place")
        ).from_("found")
        return (
            exp.select(*(exp.column(name) for name in names))
            .from_("ranked")
            .with_("found", as_=rows)
            .with_("ranked", as_=ranked)
            .where(exp.column("place") <= exp.Literal.number(request.limit))
            .order_by(_ascending(exp.column(request.each)), _ascending(exp.column("place")))
        )

    def _limited(self, select: exp.Select) -> exp.Select:
        return select.limit(self.request.limit) if self.request.limit else select


def expanded(view: MetricView, name: str) -> Expr:
    """The expression of a field, with the fields it refers to put in their place."""
    return _expanded(view.field(name).expr, _Fields(view)).copy()


class _Fields:
    """The view as a key of the cache: one view, one entry."""

    def __init__(self, view: MetricView) -> None:
        self.view = view

    def __hash__(self) -> int:
        return id(self.view)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Fields) and other.view is self.view


@lru_cache(maxsize=512)
def _expanded(text: str, fields: _Fields) -> Expr:
    view = fields.view

    def replace(node: Expr) -> Expr:
        if isinstance(node, exp.Anonymous) and node.name.lower() == "measure":
            inner = node.expressions[0].name
            return exp.paren(_expanded(view.measures[inner].expr, fields).copy())
        if isinstance(node, exp.Column) and not node.table and node.name in view.dimensions:
            if isinstance(node.parent, exp.Anonymous):
                return node
            return exp.paren(_expanded(view.dimensions[node.name].expr, fields).copy())
        return node

    return sqlglot.parse_one(text, read=VIEW_DIALECT).transform(replace)


def shift(day: date, grain: str, steps: int) -> date:
    """The day so many steps of a grain later; the 31st becomes the last day of a shorter month."""
    if grain in _DAYS:
        return date.fromordinal(day.toordinal() + _DAYS[grain] * steps)
    months = day.year * 12 + day.month - 1 + _MONTHS[grain] * steps
    year, month = divmod(months, 12)
    first = date(year, month + 1, 1)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return first.replace(day=min(day.day, (following - first).days))


def _shifted(column: Expr, grain: str, steps: int) -> Expr:
    if grain in _DAYS:
        template, amount = "cast(date_add(x, 0) as date)", _DAYS[grain] * steps
    else:
        template, amount = "cast(add_months(x, 0) as date)", _MONTHS[grain] * steps
    text = template.replace(" 0)", f" {amount})")

    def put(node: Expr) -> Expr:
        return column if isinstance(node, exp.Column) else node

    return sqlglot.parse_one(text, read=VIEW_DIALECT).transform(put)


def _within(period: Period | None) -> list[Expr]:
    if period is None:
        return []
    day = exp.column("order_date", "source")
    bounds: list[Expr] = []
    if period.start:
        bounds.append(day.copy() >= _date(period.start))
    if period.end:
        bounds.append(day.copy() <= _date(period.end))
    return bounds


def _date(day: date) -> Expr:
    return exp.cast(exp.Literal.string(day.isoformat()), "date")


def _is_in(column: Expr, values: Iterable[str]) -> Expr:
    return exp.In(this=column, expressions=[exp.Literal.string(value) for value in values])


def _same(names: Iterable[str], left: str, right: str) -> Expr:
    """Rows belong together when all names agree; an unknown date agrees with an unknown date."""
    return exp.and_(
        *(
            exp.NullSafeEQ(this=exp.column(name, left), expression=exp.column(name, right))
            for name in names
        )
    )


def _rounded_ratio(part: Expr, whole: Expr) -> Expr:
    safe = exp.cast(exp.func("nullif", whole.copy(), exp.Literal.number(0)), "double")
    return exp.func("round", exp.Div(this=part, expression=safe), exp.Literal.number(6))


def _row_number(partition: list[Expr], order: list[Expr]) -> Expr:
    return exp.Window(
        this=exp.RowNumber(),
        partition_by=partition,
        order=exp.Order(expressions=[each.copy() for each in order]),
    )


def _ascending(value: Expr) -> Expr:
    return exp.Ordered(this=value, desc=False, nulls_first=False)


def _descending(value: Expr) -> Expr:
    return exp.Ordered(this=value, desc=True, nulls_first=False)


def inlined(sql: str, view: MetricView, name: str, dialect: str = "duckdb") -> str:
    """A query in the Databricks dialect with the metric view replaced by what it stands for.

    Where there are no metric views, this runs what a workspace would run. Every select that reads
    the view has to read it alone.

    Args:
        sql: one statement, with `measure(<name>)` and dimensions by their names.
        view: the metric view.
        name: the view's table name in the statement.
        dialect: of the result.
    """
    tree = sqlglot.parse_one(sql, read=VIEW_DIALECT)
    for select in list(tree.find_all(exp.Select)):
        source = select.args.get("from_") or select.args.get("from")
        if source is None or source.this.name != name:
            continue
        for node in list(select.find_all(exp.Column, exp.Anonymous)):
            if node.parent_select is select and not node.find_ancestor(exp.Order):
                _put_field(node, view)
        table = sqlglot.parse_one(view.source, read=VIEW_DIALECT)
        assert isinstance(table, exp.Select)
        select.from_(table.subquery("source"), copy=False)
        for join in view.joins:
            select.join(
                exp.alias_(exp.to_table(join.table), join.name, table=True),
                on=sqlglot.parse_one(join.condition, read=VIEW_DIALECT),
                join_type="left",
                copy=False,
            )
    return tree.sql(dialect=dialect, pretty=True)


def _put_field(node: Expr, view: MetricView) -> None:
    """Put the expression of a dimension, or of `measure(<name>)`, in its place."""
    if isinstance(node, exp.Anonymous):
        if node.name.lower() == "measure":
            node.replace(exp.paren(expanded(view, node.expressions[0].name)))
    elif not node.args.get("table") and node.name in view.dimensions:
        value = expanded(view, node.name)
        listed = isinstance(node.parent, exp.Select)
        node.replace(exp.alias_(value, node.name) if listed else exp.paren(value))
