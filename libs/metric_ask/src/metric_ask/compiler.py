"""From a request over the metric view to SQL for DuckDB or Databricks.

Everything is built as sqlglot expressions: the view's own expressions, parsed, and literals made
from values that were found in the data. There is no place where text could turn into SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import sqlglot
from sqlglot import exp
from sqlglot.expressions import Expr

from metric_ask.request import Filter, Period, Request
from metric_ask.spans import DAYS, MONTHS_IN, shift
from metric_ask.view import SOURCE, UNKNOWN, VIEW_DIALECT, MetricView, Unit, expand, expanded

MOST_OF_BOTH = 10
_FOUND = "rows_found"


def compile_sql(request: Request, view: MetricView, dialect: str = "duckdb") -> str:
    """The SQL of a request, over the tables that the view names.

    Columns of the result, in this order: the dimensions, the metrics, and with

    - `share`: `share` (0 to 1);
    - `change`: `<metric>_before`, `change` and `change_share` (NULL when there was nothing before).
    """
    compiler = _Compiler(request, view)
    if request.shape == "share":
        select = compiler.shares()
    elif request.shape == "change":
        select = compiler.steps() if request.steps_back else compiler.changes()
    else:
        select = compiler.rows()
    return select.sql(dialect=dialect, pretty=True)


def extent_sql(view: MetricView) -> str:
    """The SQL for the first date, the last one, and the number of rows without one."""
    day = expanded(view, view.time)
    without = exp.Count(this=exp.Star()) - exp.Count(this=day)
    columns = [exp.func("min", day), exp.func("max", day), without]
    return _from_view(view, columns).sql(dialect="duckdb")


def combinations_sql(view: MetricView, dimensions: Sequence[str]) -> str:
    """The SQL for the combinations of values; of one joined table, also those no row refers to."""
    columns = [exp.alias_(expanded(view, name), name) for name in dimensions]
    used = {each.table for column in columns for each in column.find_all(exp.Column)}
    joins = [join for join in view.joins if {join.name} == used]
    select = _from_view(view, columns)
    if joins:
        select = exp.select(*columns).from_(_named(joins[0].table, joins[0].name))
    return select.distinct().sql(dialect="duckdb")


def inlined(sql: str, view: MetricView, name: str, dialect: str = "duckdb") -> str:
    """A query over a metric view, with the view replaced by what it stands for.

    Where there are no metric views, this runs what Databricks would run: one statement in its
    dialect, with `measure(<name>)` and dimensions by their names, from a table of the view's name.
    Every select that reads the view has to read it alone.
    """
    tree = sqlglot.parse_one(sql, read=VIEW_DIALECT)
    for select in reversed(list(tree.find_all(exp.Select))):
        source = select.args.get("from_")
        if source is None or source.this.name != name:
            continue
        for node in list(select.find_all(exp.Column, exp.Anonymous)):
            if node.parent_select is select and not node.find_ancestor(exp.Order):
                _put_field(node, view)
        select.set("from_", None)
        over_tables = _from_view(view, (), select, every_join=True)
        tree = over_tables if select is tree else tree
        select.replace(over_tables)
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


def _from_view(
    view: MetricView,
    columns: Sequence[Expr],
    select: exp.Select | None = None,
    conditions: Sequence[Expr] = (),
    *,
    every_join: bool = False,
) -> exp.Select:
    """A select from the source with the joins that its columns and conditions need."""
    select = (select or exp.select()).select(*columns)
    conditions = [*conditions, *([expand(view, view.filter)] if view.filter else [])]
    used = {each.table for tree in (*columns, *conditions) for each in tree.find_all(exp.Column)}
    source = sqlglot.parse_one(view.source, read=VIEW_DIALECT)
    if isinstance(source, exp.Query):
        select = select.from_(source.subquery(SOURCE))
    else:
        select = select.from_(_named(view.source, SOURCE))
    for join in view.joins:
        if every_join or join.name in used:
            condition = sqlglot.parse_one(join.condition, read=VIEW_DIALECT)
            select = select.join(_named(join.table, join.name), on=condition, join_type="left")
    return select.where(*conditions) if conditions else select


def _named(table: str, name: str) -> Expr:
    return exp.alias_(exp.to_table(table), name, table=True)


class _Compiler:
    def __init__(self, request: Request, view: MetricView) -> None:
        self.request = request
        self.view = view
        self.metric = request.metrics[0]
        self._compared_names = (self.metric, f"{self.metric}_before", "change", "change_share")

    def rows(self) -> exp.Select:
        """One row for each combination of the dimensions."""
        totals = self._aggregate(
            self.request.dimensions, self.request.period, *self.request.metrics
        )
        return self._limited(totals, self._order(natural=not self.request.limit))

    def shares(self) -> exp.Select:
        """The metric of each row as a share of the metric over all rows, or over those of `each`.

        The whole is measured again rather than added up: a loan of two books counts with
        both and is still one loan.
        """
        request = self.request
        keys = (request.each,) if request.each else ()
        columns = [exp.column(name, "parts") for name in (*request.dimensions, self.metric)]
        share = _ratio(columns[-1], exp.column(self.metric, "whole"))
        parts = self._aggregate(request.dimensions, request.period, self.metric)
        whole = self._aggregate(keys, request.period, self.metric)
        select = exp.select(*columns, exp.alias_(share, "share")).from_("parts")
        select = select.with_("parts", as_=parts).with_("whole", as_=whole)
        select = _joined(select, keys, "parts", "whole", "inner")
        if request.share_of:
            select = select.where(_is_in(columns[0], request.share_of))
        return self._limited(select, self._order(None if request.limit else "parts"))

    def changes(self) -> exp.Select:
        """The metric in a period beside the metric in an earlier one."""
        request = self.request
        keys = []
        for name in request.dimensions:
            both = (exp.column(name, "now"), exp.column(name, "earlier"))
            keys.append(exp.alias_(exp.func("coalesce", *both), name))
        select = self._compared(exp.select(*keys)).from_("now")
        select = _joined(select, request.dimensions, "now", "earlier", "full")
        for name, period in (("now", request.period), ("earlier", request.before)):
            select = select.with_(name, as_=self._counted(request.dimensions, period))
        return self._directed(select)

    def steps(self) -> exp.Select:
        """The metric of each step of a grain beside the metric so many steps before it."""
        request = self.request
        grain = next(name for name in request.dimensions if name in self.view.grains)
        unit = self.view.grains[grain]
        others = tuple(name for name in request.dimensions if name != grain)
        period = request.period
        start = period.start if period else None
        if period and start:
            first = shift(start, unit, -request.steps_back)
            period = Period(max(first, request.complete_from or first), period.end)
        step = exp.column(grain, "now")
        back = exp.paren(_shifted(step, unit, -request.steps_back))
        on = exp.and_(exp.column(grain, "earlier").eq(back), *_same(others, "now", "earlier"))
        known = None
        if request.complete_from:
            known = step >= _date(shift(request.complete_from, unit, request.steps_back))
        columns = [exp.column(name, "now") for name in request.dimensions]
        select = (
            self._compared(exp.select(*columns), known)
            .from_("totals as now")
            .join("totals as earlier", on=on, join_type="left")
            .with_("totals", as_=self._counted(request.dimensions, period))
            .where(step.is_(exp.null()).not_())
        )
        if start:
            select = select.where(step >= _date(start))
        order = [_sorted(exp.column(name)) for name in request.dimensions]
        return self._directed(select) if request.direction else self._limited(select, order)

    def _compared(self, select: exp.Select, known: Expr | None = None) -> exp.Select:
        """Adds the metric, the metric before, the change, and the change as a share.

        Where `known` does not hold, there is nothing to compare with, which is not the same as 0.
        """
        current: Expr = exp.column(self.metric, "now")
        before: Expr = exp.column(self.metric, "earlier")
        if self.view.measures[self.metric].starts_at_zero:
            # No rows are 0; rows without a known figure are not.
            current, before = (
                exp.case()
                .when(exp.func("coalesce", exp.column(_FOUND, table), "0").eq(0), "0")
                .else_(each)
                for table, each in (("now", current), ("earlier", before))
            )
        if known is not None:
            before = exp.case().when(known, before)
        change = current - before
        share = exp.case().when(before > 0, _ratio(change, before))
        values = zip((current, before, change, share), self._compared_names, strict=True)
        return select.select(*(exp.alias_(*each) for each in values))

    def _directed(self, select: exp.Select) -> exp.Select:
        """Keeps what went the asked way, and orders by the change."""
        request = self.request
        if request.direction is None:
            return self._limited(select, self._order())
        change = exp.column(request.ranked_by or "change")
        ties = [_sorted(exp.column(name)) for name in request.dimensions]
        up, down = [_sorted(change, desc=True), *ties], [_sorted(change), *ties]
        columns = [*request.dimensions, *self._compared_names]
        compared = exp.select(*map(exp.column, columns)).with_("compared", as_=select)
        if request.direction == "both":
            places = [
                exp.alias_(_over(exp.RowNumber(), [], order), f"place_{way}")
                for way, order in (("up", up), ("down", down))
            ]
            limit = request.limit or MOST_OF_BOTH
            rising = exp.and_(change > 0, exp.column("place_up") <= limit)
            falling = exp.and_(change < 0, exp.column("place_down") <= limit)
            ranked = exp.select(exp.Star(), *places).from_("compared")
            both = compared.with_("ranked", as_=ranked).from_("ranked")
            return both.where(exp.or_(rising, falling)).order_by(*up)
        rises = request.direction == "up"
        kept = compared.from_("compared").where(change > 0 if rises else change < 0)
        return self._limited(kept, up if rises else down)

    def _aggregate(
        self, dimensions: Sequence[str], period: Period | None, *metrics: str
    ) -> exp.Select:
        """The metrics by the dimensions, over the rows that pass filters and period."""
        columns = [exp.alias_(expanded(self.view, name), name) for name in (*dimensions, *metrics)]
        conditions = [*map(self._condition, self.request.filters), *self._within(period)]
        places = map(str, range(1, len(dimensions) + 1))
        return _from_view(self.view, columns, conditions=conditions).group_by(*places)

    def _counted(self, dimensions: Sequence[str], period: Period | None) -> exp.Select:
        """The metric by the dimensions, and how many rows it is of."""
        select = self._aggregate(dimensions, period, self.metric)
        return select.select(exp.alias_(exp.Count(this=exp.Star()), _FOUND))

    def _condition(self, filter_: Filter) -> Expr:
        condition = _is_in(exp.paren(expanded(self.view, filter_.dimension)), filter_.values)
        return exp.not_(condition) if filter_.excluded else condition

    def _within(self, period: Period | None) -> list[Expr]:
        if period is None:
            return []
        day = expanded(self.view, self.view.time)
        conditions: list[Expr] = [day >= _date(period.start)] if period.start else []
        return [*conditions, day <= _date(period.end)] if period.end else conditions

    def _order(self, table: str | None = None, *, natural: bool = False) -> list[Expr]:
        """By the metric when the rows are ranked, else by the dimensions."""
        request = self.request
        keys: list[Expr] = []
        for name in request.dimensions:
            order = self.view.dimensions[name].order
            if natural and order:
                place = exp.Case(this=expanded(self.view, name))
                for number, value in enumerate(order):
                    place = place.when(exp.Literal.string(value), str(number))
                keys.append(_sorted(exp.func("min", place)))
            keys.append(_sorted(exp.column(name, table)))
        if not request.ranked:
            return keys
        return [_sorted(exp.column(self.metric, table), desc=request.descending), *keys]

    def _limited(self, select: exp.Select, order: list[Expr]) -> exp.Select:
        """The rows in order; with a limit the first ones with their equals, unknown values aside.

        The first are those of each value of a dimension, if the request says so.
        """
        request = self.request
        if not request.dimensions:
            return select
        if not request.limit:
            return select.order_by(*order)
        within: list[Expr] = [exp.column(request.each)] if request.each else []
        ties = order[-len(request.dimensions) :]
        ranked = request.ranked or request.direction
        rank = _over(exp.Anonymous(this="rank"), within, order[:1] if ranked else order)
        known = map(self._is_known, (name for name in request.dimensions if name != request.each))
        places = exp.select(exp.Star(), exp.alias_(rank, "place")).from_("found").where(*known)
        return (
            exp.select(*(exp.column(each.alias_or_name) for each in select.selects))
            .from_("ranked")
            .with_("found", as_=select)
            .with_("ranked", as_=places)
            .where(exp.column("place") <= request.limit)
            .order_by(*map(_sorted, within), _sorted(exp.column("place")), *ties)
        )

    def _is_known(self, name: str) -> Expr:
        """An unknown value is no answer to "which"."""
        column = exp.column(name)
        is_date = name in self.view.grains
        return column.is_(exp.null()).not_() if is_date else column.neq(exp.Literal.string(UNKNOWN))


def _shifted(column: Expr, unit: Unit, steps: int) -> Expr:
    name, each = ("date_add", DAYS[unit]) if unit in DAYS else ("add_months", MONTHS_IN[unit])
    shifted = exp.func(name, column, str(each * steps), dialect=VIEW_DIALECT)
    return exp.cast(shifted, "date")


def _date(day: date) -> Expr:
    return exp.cast(exp.Literal.string(day.isoformat()), "date")


def _is_in(column: Expr, values: Iterable[str]) -> Expr:
    return exp.In(this=column, expressions=[exp.Literal.string(value) for value in values])


def _same(names: Iterable[str], left: str, right: str) -> list[Expr]:
    """Rows belong together when all names agree; an unknown date agrees with an unknown date."""
    return [
        exp.NullSafeEQ(this=exp.column(name, left), expression=exp.column(name, right))
        for name in names
    ]


def _joined(
    select: exp.Select, names: Iterable[str], left: str, right: str, how: str
) -> exp.Select:
    """Joined where all names agree; without any, every row with every row."""
    on = _same(names, left, right)
    return select.join(right, on=exp.and_(*on) if on else None, join_type=how if on else "cross")


def _ratio(part: Expr, whole: Expr) -> Expr:
    safe = exp.cast(exp.func("nullif", whole, "0"), "double")
    return exp.func("round", part / safe, "6")


def _over(function: Expr, partition: list[Expr], order: list[Expr]) -> Expr:
    ordered = exp.Order(expressions=[each.copy() for each in order])
    return exp.Window(this=function, partition_by=partition, order=ordered)


def _sorted(value: Expr, *, desc: bool = False) -> Expr:
    return exp.Ordered(this=value, desc=desc, nulls_first=False)
