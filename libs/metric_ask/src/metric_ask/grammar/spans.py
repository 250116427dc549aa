"""The period of a question, and the one it is compared with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

from metric_ask import periods
from metric_ask.compiler import shift
from metric_ask.grammar.parts import Parts
from metric_ask.grammar.refusal import listed
from metric_ask.periods import Span, Unit
from metric_ask.request import Period

_BACK = ("previous", "prior", "preceding")


def _start_of(span: Span) -> date:
    assert span.start
    return span.start


def _starts_after(left: Span, right: Span) -> bool:
    assert left.end
    assert right.start
    return day_after(left.end) == right.start


def day_after(day: date) -> date:
    """The next day."""
    return shift(day, "order_date", 1)


def single_period(parts: Parts, roles: set[str]) -> Period | None:
    """The one period of a question that compares nothing; None for all sales."""
    spans = [found.span for _, found in parts.spans]
    if not spans:
        if "recent" in roles:
            span = parts.context.calendar.latest(12, "month")
            parts.remarks.append('"Recent" means the last 12 months.')
            return period_of(parts, span)
        return None
    if len(spans) > 1:
        return _several_periods(parts, spans)
    return period_of(parts, spans[0])


def _several_periods(parts: Parts, spans: list[Span]) -> Period:
    """Two periods without "against" between them: years (months, ...) in a row."""
    spans = sorted(spans, key=lambda span: (span.start is not None, span.start or span.end))
    units = {span.unit for span in spans}
    whole = all(span.start and span.end and span.count == 1 for span in spans)
    follow = whole and all(
        parts.context.calendar.before(right) is not None and _starts_after(left, right)
        for left, right in pairwise(spans)
    )
    unit = next(iter(units))
    if not follow or len(units) != 1 or unit == "day":
        names = [span.name for span in spans]
        parts.ask(
            f"{listed(names)} are two periods; it is not clear how they belong together.",
            *(f"revenue {name}" for name in names),
        )
    steps = periods.UNITS[: periods.UNITS.index(unit) + 1]
    if not set(steps) & {*parts.by, *parts.subjects, *parts.each}:
        parts.ask(
            f"Together, or {unit} by {unit}?",
            f"{parts.metrics[0].replace('_', ' ')} from {spans[0].name} to {spans[-1].name}",
            f"{parts.metrics[0].replace('_', ' ')} from {spans[0].name} to {spans[-1].name} "
            f"by {unit}",
        )
    return period_of(parts, periods.between(spans[0], spans[-1]))


def period_of(parts: Parts, span: Span) -> Period:
    """The days of a span that the data reach; a span outside of them is refused."""
    calendar = parts.context.calendar
    if calendar.is_outside(span):
        parts.ask(
            f"There are no sales in {span.name}: the order dates reach from "
            f"{periods.describe_day(calendar.first)} to {periods.describe_day(calendar.last)}."
        )
    return calendar.period(span)


def two_spans(parts: Parts, roles: set[str]) -> tuple[Span, Span | None]:
    """The period that is meant and the one it is compared with."""
    calendar = parts.context.calendar
    found = [each for _, each in parts.spans]
    if len(found) > 2:
        parts.ask("More than two periods cannot be compared at once.")
    if len(found) == 1 and found[0].ends and roles & {"growth", "decline", "change"}:
        earlier, current = found[0].ends
        if earlier.unit == current.unit and earlier.count == current.count:
            return _pair(parts, current, earlier)
    if len(found) == 2:
        first, second = found
        if second.last_unit and not first.last_unit and "versus" in roles:
            return _relative_pair(parts, first.span, second.last_unit)
        one, other = first.span, second.span
        if not (one.start and other.start and one.end and other.end):
            parts.ask("Two periods with a beginning and an end can be compared.")
        if one.unit != other.unit or one.count != other.count:
            parts.ask(
                f"{one.name} and {other.name} are of different length.",
                "revenue {year} vs {before}",
            )
        if one.start == other.start:
            if parts.items[parts.spans[1][0]].text.lower().startswith(_BACK):
                return one, calendar.before(one)
            parts.ask("The two periods are the same.")
        return _pair(parts, *sorted((one, other), key=_start_of, reverse=True))
    if not found:
        return _default_pair(parts, roles)
    span = found[0].span
    if found[0].last_unit and "versus" in roles and "before" not in roles and _is_baseline(parts):
        return _relative_pair(parts, calendar.this(found[0].last_unit), found[0].last_unit)
    if "year_before" in roles:
        return span, calendar.year_before(span)
    return span, calendar.before(span)


def _is_baseline(parts: Parts) -> bool:
    """Whether the only period stands directly behind "against"."""
    place = parts.spans[0][0] - 1
    while (item := parts.item(place)) is not None and parts.is_silent(item):
        place -= 1
    return (
        item is not None
        and item.kind == "role"
        and item.name == "versus"
        and (item.text.lower() not in ("compare", "comparing", "comparison"))
    )


def _pair(parts: Parts, current: Span, earlier: Span) -> tuple[Span, Span]:
    """Of a period that is not over, the same part of the earlier one."""
    calendar = parts.context.calendar
    if calendar.is_partial(current) and current.start and earlier.start and earlier.end:
        passed = calendar.last - current.start
        months = (current.start.year - earlier.start.year) * 12
        months += current.start.month - earlier.start.month
        end = earlier.start + passed
        if current.unit in ("month", "quarter", "year"):
            end = shift(calendar.last, "month", -months)
        end = min(end, earlier.end)
        earlier = replace(earlier, end=end, name=f"the same part of {earlier.name}", meant="")
    return current, earlier


def _relative_pair(parts: Parts, span: Span, unit: Unit) -> tuple[Span, Span | None]:
    """In "2013 against the previous year", the year before the one that is named."""
    calendar = parts.context.calendar
    if unit == "year":
        return span, calendar.year_before(span)
    if unit != span.unit or span.count != 1:
        parts.ask(
            f"{span.name} cannot be compared with the {unit} before.",
            f"revenue {span.name} vs previous {span.unit}",
        )
    return span, calendar.before(span)


def _default_pair(parts: Parts, roles: set[str]) -> tuple[Span, Span | None]:
    calendar = parts.context.calendar
    units = [
        unit
        for item in parts.items
        if item.kind == "role" and item.name in ("before", "year_before")
        for unit in ("week", "month", "quarter", "year")
        if unit in item.text.lower() or item.text.lower() == f"{unit[0]}o{unit[0]}"
    ]
    if units and units[0] != "year":
        span = calendar.this(units[0])  # type: ignore[arg-type]
        parts.remarks.append(f"No period was named: this {units[0]}.")
    else:
        span = calendar.latest(12, "month")
        parts.remarks.append("No period was named: the last 12 months.")
    if "year_before" in roles:
        return span, calendar.year_before(span)
    return span, calendar.before(span)
