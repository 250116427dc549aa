"""How a question was read, in words, and what a series of figures says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from metric_ask.compiler import shift
from metric_ask.metrics import Field, MetricView
from metric_ask.periods import Calendar, describe_day, describe_step, whole
from metric_ask.request import Filter, Request
from metric_ask.words import UNKNOWN

_FEW = 4


def describe(
    request: Request,
    view: MetricView,
    remarks: Sequence[str] = (),
    undated: int = 0,
    truncated_to: int | None = None,
) -> str:
    """One line on metric, dimensions, filters, period and order, then the remarks."""
    metrics = [view.measures[name] for name in request.metrics]
    what = ", ".join(f"{each.title} ({_lower(each.comment)})" for each in metrics)
    if request.shape == "share":
        whole_of = f"within each {_title(view, request.each)}" if request.each else "of the whole"
        what = f"Share {whole_of} of {what}"
    if request.shape == "change":
        what = f"Change of {what}"
    parts = [what + _by(request, view)]
    parts += [describe_filter(each, view) for each in request.filters]
    if request.share_of:
        parts.append(f"shown: {', '.join(request.share_of)}")
    parts.append(f"period: {request.period.label}" if request.period else "period: all sales")
    if request.before:
        parts.append(f"compared with {request.before.label}")
    if request.steps_back:
        grain = _title(view, request.dimensions[0])
        steps = (
            f"the {grain} before"
            if request.steps_back == 1
            else f"{request.steps_back} {grain}s before"
        )
        if request.steps_back > 1 or request.dimensions[0] == "year":
            steps = (
                "the year before"
                if request.dimensions[0] == "year"
                else f"the {grain} a year before"
            )
        parts.append(f"each {grain} compared with {steps}")
    if order := _order(request, view):
        parts.append(order)
    sentences = ["; ".join(parts) + "."]
    sentences += remarks
    dated = request.period or any(name in ("order_date",) for name in request.dimensions)
    if undated and dated:
        sentences.append(f"{undated:,} order lines have no known order date and are in no period.")
    if truncated_to:
        sentences.append(f"There are more rows; the first {truncated_to} are shown.")
    return " ".join(sentences)


def describe_filter(filter_: Filter, view: MetricView) -> str:
    """A filter in words, long lists shortened."""
    title = view.dimensions[filter_.dimension].title
    values = [repr(value)[1:-1] for value in filter_.values[:_FEW]]
    rest = len(filter_.values) - len(values)
    text = " or ".join([", ".join(values[:-1]), values[-1]] if values[1:] else values)
    if rest:
        text = f"{', '.join(values)} or {rest} more"
    return f"{title} is {'not ' if filter_.excluded else ''}{text}"


def describe_trend(
    request: Request, view: MetricView, calendar: Calendar, rows: Sequence[Sequence[Any]]
) -> str:
    """What a series says: from where to where, highest, lowest, and the last step.

    Steps that the data cover only in part are named and not compared.
    """
    if request.shape != "trend":
        return ""
    grain = request.dimensions[0]
    metric = view.measures[request.metrics[0]]
    steps = [(row[0], row[1]) for row in rows if isinstance(row[0], date) and row[1] is not None]
    steps, empty = _with_gaps(steps, metric, grain, request, calendar)
    complete = [(day, value) for day, value in steps if _is_complete(day, grain, request, calendar)]
    partial = [day for day, _ in steps if day not in {day for day, _ in complete}]
    if len(complete) < 2:
        return "There are fewer than two complete steps: no trend can be told."
    (first_day, first), (last_day, last) = complete[0], complete[-1]
    text = (
        f"{metric.title} {_went(first, last)} from {show(first, metric)} "
        f"({describe_step(first_day, grain)}) to {show(last, metric)} "
        f"({describe_step(last_day, grain)}){_percent(first, last)}"
    )
    high = max(complete, key=lambda each: each[1])
    low = min(complete, key=lambda each: each[1])
    text += (
        f"; highest {show(high[1], metric)} ({describe_step(high[0], grain)}), "
        f"lowest {show(low[1], metric)} ({describe_step(low[0], grain)})"
    )
    before = complete[-2]
    if len(complete) > 2:
        text += f"; the last step {_went(before[1], last)}{_percent(before[1], last)}"
    text += f"; {_runs(complete)}."
    if empty:
        shown = ", ".join(describe_step(day, grain) for day in empty[:6])
        more = f" and {len(empty) - 6} more" if empty[6:] else ""
        text += f" No sales in: {shown}{more}."
    if partial:
        names = ", ".join(describe_step(day, grain) for day in partial)
        text += (
            f" Not complete and not compared: {names} (order dates reach from "
            f"{describe_day(calendar.first)} to {describe_day(calendar.last)})."
        )
    return text


def show(value: Any, field: Field | None = None) -> str:
    """A figure as people read it: 29,356,250.00, 4.2 %, n/a."""
    if value is None:
        return UNKNOWN
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, int | float | Decimal):
        return str(value)
    if field is None:
        return f"{value:,}"
    if field.kind == "share":
        return show_share(value, field.places)
    return f"{value:,.{field.places}f}"


def show_share(value: Any, places: int = 1) -> str:
    """0.0421 as 4.2 %."""
    return UNKNOWN if value is None else f"{Decimal(str(value)) * 100:,.{places}f} %"


def _by(request: Request, view: MetricView) -> str:
    if not request.dimensions:
        return ""
    return " by " + " and ".join(_title(view, name) for name in request.dimensions)


def _order(request: Request, view: MetricView) -> str:
    if not request.dimensions:
        return ""
    if request.shape == "change" and request.direction:
        ways = {"up": "those that grew", "down": "those that declined", "both": "both ways"}
        count = f", the first {request.limit}" if request.limit else ""
        if request.direction == "both" and request.limit:
            count = f", the first {request.limit} each"
        return f"{ways[request.direction]}, by the change in figures{count}"
    if not request.ranked:
        return ""
    order = "highest first" if request.descending else "lowest first, among those with sales"
    count = f", the first {request.limit}" if request.limit else ""
    within = f" within each {_title(view, request.each)}" if request.each else ""
    several = f" by {view.measures[request.metrics[0]].title}" if request.metrics[1:] else ""
    return f"{order}{several}{count}{within}"


def _title(view: MetricView, name: str | None) -> str:
    return _lower(view.dimensions[name].title) if name else ""


def _lower(text: str) -> str:
    text = text.rstrip(".")
    return text[:1].lower() + text[1:]


def _is_complete(day: date, grain: str, request: Request, calendar: Calendar) -> bool:
    """Whether data and period cover the whole step."""
    span = whole(day, "day" if grain == "order_date" else grain)  # type: ignore[arg-type]
    assert span.start
    assert span.end
    period = request.period
    starts = max(filter(None, (calendar.first, period.start if period else None)))
    ends = min(filter(None, (calendar.last, period.end if period else None)))
    return span.start >= starts and span.end <= ends


def _with_gaps(
    steps: list[tuple[date, Any]],
    metric: Field,
    grain: str,
    request: Request,
    calendar: Calendar,
) -> tuple[list[tuple[date, Any]], list[date]]:
    """The series with steps without sales put in (as 0, where that is the figure), and those."""
    if not steps:
        return steps, []
    known = dict(steps)
    last = calendar.last
    if request.period and request.period.end:
        last = min(last, request.period.end)
    day, filled, empty = steps[0][0], [], []
    while day <= last:
        if day in known:
            filled.append((day, known[day]))
        else:
            empty.append(day)
            if metric.starts_at_zero:
                filled.append((day, Decimal(0)))
        day = shift(day, grain, 1)
    return filled, empty


def _went(first: Any, last: Any) -> str:
    if last == first:
        return "stayed the same"
    return "rose" if last > first else "fell"


def _percent(first: Any, last: Any) -> str:
    if not first or first < 0:
        return ""
    change = (Decimal(str(last)) - Decimal(str(first))) / Decimal(str(first)) * 100
    return f", {change:+,.1f} %"


def _runs(steps: Sequence[tuple[date, Any]]) -> str:
    pairs = list(pairwise(steps))
    ups = sum(1 for (_, one), (_, other) in pairs if other > one)
    downs = sum(1 for (_, one), (_, other) in pairs if other < one)
    return f"of {len(pairs)} steps, {ups} went up and {downs} down"
