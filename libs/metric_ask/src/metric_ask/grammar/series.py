"""Trends, changes, and changes step by step."""

from __future__ import annotations

from datetime import date

from metric_ask import periods
from metric_ask.compiler import shift
from metric_ask.grammar.context import LONGEST_LIST, Understood
from metric_ask.grammar.parts import STEP_ROLES, Parts
from metric_ask.grammar.shapes import limit_of
from metric_ask.grammar.spans import day_after, period_of, two_spans
from metric_ask.metrics import GRAINS
from metric_ask.periods import Calendar, Span, Unit
from metric_ask.request import Direction, Filter, Period, Request

_YEAR_STEPS = {"week": 52, "month": 12, "quarter": 4, "year": 1}


def complete_steps(calendar: Calendar, unit: Unit) -> tuple[date, date]:
    """The first day of the first complete step, and the last day of the last complete one."""
    opening = periods.whole(calendar.first, unit)
    closing = periods.whole(calendar.last, unit)
    assert opening.start
    assert opening.end
    assert closing.start
    assert closing.end
    first = opening.start if opening.start == calendar.first else day_after(opening.end)
    last = closing.end if closing.end == calendar.last else _day_before(closing.start)
    return first, last


def _day_before(day: date) -> date:
    return shift(day, "order_date", -1)


def trend(
    parts: Parts,
    dimensions: tuple[str, ...],
    filters: tuple[Filter, ...],
    period: Period | None,
    roles: set[str],
) -> Understood:
    """One series, told in words."""
    del roles
    grains = [name for name in dimensions if name in GRAINS]
    others = [name for name in dimensions if name not in GRAINS]
    if others:
        title = parts.context.view.dimensions[others[0]].title.lower()
        parts.ask(
            f"A trend is told for one series; by {title} there are several.",
            f"revenue by month and {title}",
            f"revenue growth by {title}",
        )
    if len(grains) > 1:
        parts.ask("By day, week, month, quarter or year? One at a time, please.")
    grain = grains[0] if grains else _grain_of_trend(parts)
    request = Request(
        metrics=tuple(parts.metrics),
        dimensions=(grain,),
        filters=filters,
        period=period,
        shape="trend",
        ranked=False,
    )
    return parts.understood(request)


def _grain_of_trend(parts: Parts) -> str:
    unit = parts.spans[0][1].span.unit if parts.spans else "month"
    count = parts.spans[0][1].span.count if parts.spans else 0
    if (unit in ("day", "week") and count) or (unit == "month" and count == 1):
        parts.remarks.append("The period is short: by day.")
        return "order_date"
    return "month"


def change(
    parts: Parts,
    dimensions: tuple[str, ...],
    filters: tuple[Filter, ...],
    direction: Direction | None,
    each: str | None,
    roles: set[str],
) -> Understood:
    """A figure in one period beside the same figure in another."""
    if direction and "ascending" in roles:
        parts.ask(
            "The smallest change could mean two things.",
            "countries with declining revenue",
            "countries with growing revenue",
        )
    grains = [name for name in dimensions if name in GRAINS]
    steps = [STEP_ROLES[role] for role in roles & set(STEP_ROLES)]
    # "This month, month over month" is one comparison; of a longer period, it is many.
    one_step = parts.spans and steps and parts.spans[0][1].span.unit == steps[0]
    if steps and not grains and not one_step:
        grains = steps
        dimensions = (*steps, *dimensions)
    if grains:
        return _steps(parts, dimensions, grains, filters, roles)
    current, earlier = two_spans(parts, roles)
    calendar = parts.context.calendar
    period = period_of(parts, current)
    if earlier is None or calendar.is_outside(earlier):
        parts.ask(
            f"There is nothing before {current.name} to compare with: the order dates begin on "
            f"{periods.describe_day(calendar.first)}."
        )
    before = calendar.period(earlier)
    if earlier.start and earlier.start < calendar.first:
        parts.remarks.append(
            "The earlier period is not complete: the order dates begin on "
            f"{periods.describe_day(calendar.first)}."
        )
    if not dimensions:
        direction = None
    request = Request(
        metrics=tuple(parts.metrics),
        dimensions=dimensions,
        filters=filters,
        period=period,
        before=before,
        shape="change",
        direction=direction,
        each=each,
        limit=limit_of(parts, dimensions, each, direction is not None),
    )
    return parts.understood(request)


def _are_years_in_a_row(spans: list[Span]) -> bool:
    years = sorted(span.start.year for span in spans if span.start and span.unit == "year")
    return len(spans) == 2 and len(years) == 2 and years[1] == years[0] + 1


def _steps(
    parts: Parts,
    dimensions: tuple[str, ...],
    grains: list[str],
    filters: tuple[Filter, ...],
    roles: set[str],
) -> Understood:
    """Each month (week, quarter, year) against the one before, or that of the year before."""
    calendar = parts.context.calendar
    if len(grains) > 1:
        parts.ask("By day, week, month, quarter or year? One at a time, please.")
    grain = grains[0]
    unit: Unit = "day" if grain == "order_date" else grain  # type: ignore[assignment]
    spans = [found.span for _, found in parts.spans]
    if _are_years_in_a_row(spans) and grain in ("month", "quarter"):
        # Months of 2013 against 2012: each against that of the year before.
        spans, roles = [max(spans, key=lambda span: span.name)], roles | {"year_before"}
    if len(spans) > 1:
        parts.ask("One period at a time, please, when the change is by step.")
    steps = 1
    if "year_before" in roles:
        if grain not in _YEAR_STEPS:
            parts.ask("A day is not compared with the year before.", "revenue growth by month yoy")
        steps = _YEAR_STEPS[grain]
        if grain == "week":
            parts.remarks.append("A week is compared with the one 52 weeks before.")
    if spans:
        period = period_of(parts, spans[0])
    elif "recent" in roles:
        period = period_of(parts, calendar.latest(12, "month"))
        parts.remarks.append('"Recent" means the last 12 months.')
    else:
        period = Period(None, None, "")
    first, last = complete_steps(calendar, unit)
    start = max(filter(None, (period.start, first)))
    end = min(filter(None, (period.end, last)))
    if start > end:
        parts.ask(f"There is no complete {unit} in that period.")
    if (period.end or calendar.last) > last:
        parts.remarks.append(
            f"The last {unit} is not complete (the last order date is "
            f"{periods.describe_day(calendar.last)}) and is left out."
        )
    if (period.start or calendar.first) < first:
        parts.remarks.append(
            f"The first {unit} is not complete (the order dates begin on "
            f"{periods.describe_day(calendar.first)}) and is left out."
        )
    label = period.label or periods.describe_days(start, end)
    request = Request(
        metrics=tuple(parts.metrics),
        dimensions=(grain, *(name for name in dimensions if name != grain)),
        filters=filters,
        period=Period(start, end, label),
        steps_back=steps,
        complete_from=first,
        shape="change",
        ranked=False,
        limit=LONGEST_LIST,
    )
    return parts.understood(request)
