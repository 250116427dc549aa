"""The period of a question, the one it is compared with; trends and changes step by step."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from metric_ask import spans
from metric_ask.grammar.context import LONGEST_LIST
from metric_ask.grammar.parts import STEP_ROLES, Parts
from metric_ask.grammar.rows import limit_of
from metric_ask.grammar.scan import is_superlative
from metric_ask.request import Period, Request
from metric_ask.spans import Calendar, Span, describe_day, shift
from metric_ask.tokens import listed
from metric_ask.view import UNITS, Unit

_BACK = ("previous", "prior", "preceding")
_COMPARE = ("compare", "comparing", "comparison")
_YEAR_STEPS: dict[Unit, int] = {"week": 52, "month": 12, "quarter": 4, "year": 1}
_DAY = timedelta(days=1)


# --- One period ----------------------------------------------------------------------------------


def single_period(parts: Parts) -> Period | None:
    """The one period of a question that compares nothing; None for all dates."""
    found = [each.span for _, each in parts.periods]
    if found:
        return period_of(parts, found[0] if len(found) == 1 else _several(parts, found))
    if "recent" not in parts.kinds:
        return None
    parts.remarks.append('"Recent" means the last 12 months.')
    return period_of(parts, parts.context.calendar.latest(12, "month"))


def _several(parts: Parts, found: list[Span]) -> Span:
    """Two periods without "against" between them: years (months, ...) in a row."""
    found = sorted(found, key=lambda span: (span.start is not None, span.start or span.end))
    follow = all(
        one.end and other.start == one.end + _DAY and one.count == other.count == 1
        for one, other in pairwise(found)
    )
    units = {span.unit for span in found}
    if not follow or len(units) != 1 or units == {"day"}:
        names = [span.name for span in found]
        parts.ask("two_periods", *(f"{{metric}} {name}" for name in names), names=listed(names))
    unit = found[0].unit
    if "together" in parts.kinds:
        return spans.between(found[0], found[-1])
    grains = parts.context.view.grains
    if not any(grains.get(name) in UNITS[: UNITS.index(unit) + 1] for name in parts.rows):
        title = parts.context.title(parts.metrics[0])
        text = f"{title} from {found[0].name} to {found[-1].name}"
        parts.ask("together_or_steps", unit=unit, text=text)
    return spans.between(found[0], found[-1])


def period_of(parts: Parts, span: Span) -> Period:
    """The days of a span that the data reach; a span outside of them is refused."""
    calendar = parts.context.calendar
    if calendar.is_outside(span):
        first, last = describe_day(calendar.first), describe_day(calendar.last)
        parts.ask("outside", name=span.name, first=first, last=last)
    return calendar.period(span)


# --- Two periods ---------------------------------------------------------------------------------


def two_spans(parts: Parts) -> tuple[Span, Span | None]:
    """The period that is meant and the one it is compared with."""
    calendar, kinds = parts.context.calendar, parts.kinds
    if len(parts.periods) > 2:
        parts.ask("too_many_periods")
    if len(parts.periods) == 2:
        return _two_named(parts)
    earlier = calendar.year_before if "year_before" in kinds else calendar.before
    if not parts.periods:
        span = _default_span(parts)
        return span, earlier(span)
    [(_, found)] = parts.periods
    if found.ends and kinds & {"growth", "decline", "change"} and _same_length(*found.ends):
        return _pair(parts, *found.ends)
    if found.last_unit and "before" not in kinds and _is_baseline(parts):
        span = calendar.this(found.last_unit)
        return span, calendar.before(span)
    return found.span, earlier(found.span)


def _same_length(one: Span, other: Span) -> bool:
    return (one.unit, one.count) == (other.unit, other.count)


def _two_named(parts: Parts) -> tuple[Span, Span | None]:
    calendar = parts.context.calendar
    (_, first), (place, second) = parts.periods
    one, other, unit = first.span, second.span, second.last_unit
    if unit and not first.last_unit and "versus" in parts.kinds:
        # In "2013 against the previous year", the year before the one that is named.
        if unit == "year":
            return one, calendar.year_before(one)
        if unit != one.unit or one.count != 1:
            parts.ask("no_unit_before", name=one.name, unit=unit, own_unit=one.unit)
        return one, calendar.before(one)
    if not (one.start and other.start and one.end and other.end):
        parts.ask("open_periods")
    if not _same_length(one, other):
        parts.ask("different_lengths", one_name=one.name, other_name=other.name)
    if one.start == other.start:
        if parts.at(place).word.startswith(_BACK):
            return one, calendar.before(one)
        parts.ask("same_periods")
    return _pair(parts, *sorted((one, other), key=lambda span: span.start or date.min))


def _is_baseline(parts: Parts) -> bool:
    """Whether the only period stands directly behind "against"."""
    before = parts.before(parts.periods[0][0])
    return before.kind == "versus" and before.word not in _COMPARE


def _pair(parts: Parts, earlier: Span, current: Span) -> tuple[Span, Span]:
    """Of a period that is not over, the same part of the earlier one."""
    calendar = parts.context.calendar
    if calendar.is_partial(current) and current.start and earlier.start and earlier.end:
        end = earlier.start + (calendar.last - current.start)
        if current.unit in spans.MONTHS_IN:
            months = spans.months_between(earlier.start, current.start)
            end = shift(calendar.last, "month", -months)
        name = f"the same part of {earlier.name}"
        earlier = replace(earlier, end=min(end, earlier.end), name=name, meant="")
    return current, earlier


def _default_span(parts: Parts) -> Span:
    """The period of a comparison that names none."""
    calendar = parts.context.calendar
    texts = [item.word for item in parts.items if item.kind in ("before", "year_before")]
    for unit in UNITS[1:-1]:
        if any(unit in text or text == f"{unit[0]}o{unit[0]}" for text in texts[:1]):
            parts.remarks.append(f"No period was named: this {unit}.")
            return calendar.this(unit)
    parts.remarks.append("No period was named: the last 12 months.")
    return calendar.latest(12, "month")


# --- Trends and changes --------------------------------------------------------------------------


def trend(parts: Parts, request: Request) -> Request:
    """One series, with a text on what it says."""
    period = single_period(parts)
    grain = _one_grain(parts, request.dimensions)
    if others := [name for name in request.dimensions if name != grain]:
        parts.ask("trend_of_several", title=parts.context.title(others[0]))
    grain = grain or _grain_of_trend(parts)
    return replace(request, dimensions=(grain,), period=period, each=None, ranked=False)


def _one_grain(parts: Parts, dimensions: tuple[str, ...]) -> str:
    grains = [name for name in dimensions if name in parts.context.view.grains]
    if len(grains) > 1:
        parts.ask("several_grains")
    return grains[0] if grains else ""


def _grain_of_trend(parts: Parts) -> str:
    view = parts.context.view
    if parts.periods:
        span = parts.periods[0][1].span
        if (span.unit in spans.DAYS and span.count) or (span.unit, span.count) == ("month", 1):
            parts.remarks.append("The period is short: by day.")
            return view.time
    return view.grain("month") or view.time


def change(parts: Parts, request: Request) -> Request:
    """A metric in one period beside the same metric in another."""
    dimensions, direction = request.dimensions, request.direction
    superlative = parts.has(is_superlative)
    if direction and "ascending" in parts.kinds:
        parts.ask("smallest_change")
    grain = _one_grain(parts, dimensions)
    units = [unit for role, unit in STEP_ROLES.items() if role in parts.kinds]
    # "This month, month over month" is one comparison; of a longer period, it is many.
    one_step = parts.periods and units and parts.periods[0][1].span.unit == units[0]
    if units and not grain and not one_step:
        grain = parts.context.view.grain(units[0])  # type: ignore[arg-type]
    if not (grain or parts.periods) and "year_before" in parts.kinds:
        grain = parts.context.view.grain("year")
        dimensions = (grain, *dimensions)
    if grain:
        ranks = superlative or bool(parts.number)
        ranked = ranks or (grain in parts.subjects and "subject" in parts.kinds)
        direction = direction if ranked else None
        limit = limit_of(parts, dimensions, None, direction is not None) or LONGEST_LIST
        dimensions = (grain, *(name for name in dimensions if name != grain))
        request = replace(request, dimensions=dimensions, direction=direction, limit=limit)
        return _steps(parts, request)
    if "change" in parts.kinds and not direction and superlative:
        parts.ask("growth_or_decline")
    if direction and not dimensions and superlative:
        parts.ask("growth_of_what")
    current, earlier = two_spans(parts)
    calendar = parts.context.calendar
    period = period_of(parts, current)
    begin = describe_day(calendar.first)
    if earlier is None or calendar.is_outside(earlier):
        parts.ask("nothing_before", name=current.name, first=begin)
    if earlier.start and earlier.start < calendar.first:
        parts.remarks.append(f"The earlier period is not complete: the dates begin on {begin}.")
    direction = direction if dimensions else None
    return replace(
        request,
        period=period,
        before=calendar.period(earlier),
        direction=direction,
        ranked_by=_ranked_by(parts),
        limit=limit_of(parts, dimensions, request.each, direction is not None),
    )


def _steps(parts: Parts, request: Request) -> Request:
    """Each month (week, quarter, year) against the one before, or that of the year before."""
    calendar = parts.context.calendar
    unit = parts.context.view.grains[request.dimensions[0]]
    found = [each.span for _, each in parts.periods]
    by_year = "year_before" in parts.kinds
    years = sorted(span.start.year for span in found if span.start and span.unit == "year")
    in_a_row = len(found) == len(years) == 2 and years[1] == years[0] + 1
    if in_a_row and unit in ("month", "quarter"):
        # Months of 2013 against 2012: each against that of the year before.
        found, by_year = [max(found, key=lambda span: span.name)], True
    if len(found) > 1:
        parts.ask("one_period")
    steps = _YEAR_STEPS.get(unit, 0) if by_year else 1
    if not steps:
        parts.ask("day_by_year")
    if by_year and unit == "week":
        parts.remarks.append("A week is compared with the one 52 weeks before.")
    period = period_of(parts, found[0]) if found else single_period(parts) or Period(None, None)
    first, last = complete_steps(calendar, unit)
    start = max(filter(None, (period.start, first)))
    end = min(filter(None, (period.end, last)))
    if start > end:
        parts.ask("no_complete_step", unit=unit)
    if (period.end or calendar.last) > last:
        parts.remarks.append(
            f"The last {unit} is not complete (the last date is {describe_day(calendar.last)}) "
            "and is left out."
        )
    if (period.start or calendar.first) < first:
        parts.remarks.append(
            f"The first {unit} is not complete (the dates begin on "
            f"{describe_day(calendar.first)}) and is left out."
        )
    return replace(
        request,
        period=Period(start, end, period.label or spans.describe_days(start, end)),
        steps_back=steps,
        complete_from=first,
        each=None,
        ranked=False,
        ranked_by=_ranked_by(parts),
    )


def _ranked_by(parts: Parts) -> str:
    """Growth counts in figures, unless it is a rate."""
    rates = {"rate", "percentage", "percent", "%", "percentual"}
    words = {word for item in parts.items if item.is_role for word in item.word.split()}
    return "change_share" if words & rates else ""


def complete_steps(calendar: Calendar, unit: Unit) -> tuple[date, date]:
    """The first day of the first complete step, and the last day of the last complete one."""
    opens, opened = spans.bounds(calendar.first, unit)
    closes, closed = spans.bounds(calendar.last, unit)
    first = opens if opens == calendar.first else opened + _DAY
    last = closed if closed == calendar.last else closes - _DAY
    return first, last
