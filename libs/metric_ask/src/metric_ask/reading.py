"""How a question was read, in words, and what a series of figures says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from metric_ask.request import Filter, Request
from metric_ask.spans import Calendar, bounds, describe_day, describe_step, shift
from metric_ask.tokens import listed, plural
from metric_ask.view import UNKNOWN, Field, MetricView, Unit

_FEW = 4
_GAPS_NAMED = 6
_WAYS = {"up": "those that grew", "down": "those that declined", "both": "both ways"}
Steps = list[tuple[date, Any]]


def describe(
    request: Request,
    view: MetricView,
    remarks: Sequence[str],
    undated: int,
    truncated_to: int | None,
    row: str,
) -> str:
    """One line on metric, dimensions, filters, period and order, then the remarks.

    Further sentences say how many rows have no date, and how many are shown of more; `row` is what
    a row of the source is.
    """
    metrics = [view.measures[name] for name in request.metrics]
    what = ", ".join(
        f"{each.title} ({_lower(each.comment)})" if each.comment else each.title for each in metrics
    )
    if request.shape == "share":
        whole_of = f"within each {_title(view, request.each)}" if request.each else "of the whole"
        what = f"Share {whole_of} of {what}"
    if request.shape == "change":
        what = f"Change of {what}"
    if request.dimensions:
        what += " by " + " and ".join(_title(view, name) for name in request.dimensions)
    parts = [what, *(describe_filter(each, view) for each in request.filters)]
    if request.share_of:
        parts.append(f"shown: {', '.join(request.share_of)}")
    parts.append(f"period: {request.period.label if request.period else 'all'}")
    if request.before:
        parts.append(f"compared with {request.before.label}")
    if request.steps_back:
        grain = _title(view, request.dimensions[0])
        back = "a year " if request.steps_back > 1 else ""
        parts.append(f"each {grain} compared with the {grain} {back}before")
    if order := _order(request, view):
        parts.append(order)
    sentences = ["; ".join(parts) + ".", *remarks]
    if undated and (request.period or view.time in request.dimensions):
        rows, has, are = (row, "has", "is") if undated == 1 else (plural(row), "have", "are")
        title = _title(view, view.time)
        sentences.append(f"{undated:,} {rows} {has} no known {title} and {are} in no period.")
    if truncated_to:
        sentences.append(f"There are more rows; the first {truncated_to} are shown.")
    return " ".join(sentences)


def describe_filter(filter_: Filter, view: MetricView) -> str:
    """A filter in words, long lists shortened."""
    shown = list(filter_.values[:_FEW])
    if rest := len(filter_.values) - len(shown):
        shown.append(f"{rest} more")
    verb = "is not" if filter_.excluded else "is"
    return f"{view.dimensions[filter_.dimension].title} {verb} {listed(shown, 'or')}"


def describe_trend(
    request: Request, view: MetricView, calendar: Calendar, rows: Sequence[Sequence[Any]]
) -> str:
    """What a series says: from where to where, highest, lowest, and the last step.

    Steps that the data cover only in part are named and not compared. Other shapes say nothing.
    """
    if request.shape != "trend":
        return ""
    unit = view.grains[request.dimensions[0]]
    metric = view.measures[request.metrics[0]]
    steps = [(row[0], row[1]) for row in rows if isinstance(row[0], date)]
    period = request.period
    first = max(filter(None, (calendar.first, period.start if period else None)))
    last = min(filter(None, (calendar.last, period.end if period else None)))
    steps, empty = _with_gaps(steps, metric, unit, last)
    steps = [each for each in steps if each[1] is not None]
    complete = [each for each in steps if _is_within(each[0], unit, first, last)]
    if len(complete) < 2:
        return "There are fewer than two complete steps, so there is no trend."

    def point(step: tuple[date, Any]) -> str:
        return f"{show(step[1], metric)} ({describe_step(step[0], unit)})"

    start, end = complete[0], complete[-1]
    high, low = (choose(complete, key=lambda each: each[1]) for choose in (max, min))
    text = f"{metric.title} {_went(start, end)} from {point(start)} to {point(end)}"
    text += f"{_percent(start, end)}; highest {point(high)}, lowest {point(low)}"
    if len(complete) > 2:
        text += f"; the last step {_went(complete[-2], end)}{_percent(complete[-2], end)}"
    pairs = [_went(one, other) for one, other in pairwise(complete)]
    text += f"; of {len(pairs)} steps, {pairs.count('rose')} went up and "
    text += f"{pairs.count('fell')} down."
    if empty:
        shown = [describe_step(day, unit) for day in empty[:_GAPS_NAMED]]
        more = f" and {len(empty) - _GAPS_NAMED} more" if empty[_GAPS_NAMED:] else ""
        text += f" No data in: {', '.join(shown)}{more}."
    if partial := [describe_step(day, unit) for day, _ in steps if (day, _) not in complete]:
        text += (
            f" Not complete and not compared: {', '.join(partial)} (dates reach from "
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
    if field is None or field.places is None:
        return f"{value:,}"
    if field.is_share:
        return show_share(value, field.places)
    return f"{value:z,.{field.places}f}"


def show_share(value: Any, places: int = 1) -> str:
    """0.0421 as 4.2 %; what rounds to zero has no sign."""
    return UNKNOWN if value is None else f"{Decimal(str(value)) * 100:z,.{places}f} %"


def signed(shown: str) -> str:
    """A figure as shown, with a plus unless it is negative, zero or unknown."""
    return f"+{shown}" if shown[:1].isdigit() and any(c in "123456789" for c in shown) else shown


def _order(request: Request, view: MetricView) -> str:
    if not request.dimensions:
        return ""
    count = {None: "", 1: ", the first alone"}.get(request.limit, f", the first {request.limit}")
    if request.shape == "change" and request.direction:
        each = " each" if request.direction == "both" and request.limit else ""
        by = "percent" if request.ranked_by else "figures"
        return f"{_WAYS[request.direction]}, by the change in {by}{count}{each}"
    if not request.ranked:
        return ""
    order = "highest first" if request.descending else "lowest first, among those with data"
    within = f" within each {_title(view, request.each)}" if request.each else ""
    several = f" by {view.measures[request.metrics[0]].title}" if request.metrics[1:] else ""
    return f"{order}{several}{count}{within}"


def _title(view: MetricView, name: str | None) -> str:
    return _lower(view.dimensions[name].title) if name else ""


def _lower(text: str) -> str:
    text = text.rstrip(".")
    return text[:1].lower() + text[1:]


def _is_within(day: date, unit: Unit, first: date, last: date) -> bool:
    """Whether data and period cover the whole step."""
    start, end = bounds(day, unit)
    return start >= first and end <= last


def _with_gaps(steps: Steps, metric: Field, unit: Unit, last: date) -> tuple[Steps, list[date]]:
    """The series with steps without rows put in (as 0, where that is the figure), and those."""
    known = dict(steps)
    day = min(known, default=last)
    days: list[date] = []
    while known and day <= last:
        days.append(day)
        day = shift(day, unit, 1)
    filled = [
        (day, known.get(day, Decimal(0))) for day in days if day in known or metric.starts_at_zero
    ]
    return filled, [day for day in days if day not in known]


def _went(first: tuple[date, Any], last: tuple[date, Any]) -> str:
    if last[1] == first[1]:
        return "stayed the same"
    return "rose" if last[1] > first[1] else "fell"


def _percent(first: tuple[date, Any], last: tuple[date, Any]) -> str:
    one, other = Decimal(str(first[1])), Decimal(str(last[1]))
    return f", {signed(show_share((other - one) / one))}" if one > 0 else ""
