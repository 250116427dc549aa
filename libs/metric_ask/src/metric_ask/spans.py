"""Periods of the calendar, as seen from the last date in the data.

"This quarter" is the quarter of that date, "the last 6 months" are the six calendar
months that end with its month, "last month" is the calendar month before. Every period knows the
days it names and the days of it that the data reach.
"""

from __future__ import annotations

from calendar import month_name, monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta

from metric_ask.request import Period
from metric_ask.tokens import plural
from metric_ask.view import Unit

MONTHS = tuple(month_name)[1:]
DAYS: dict[Unit, int] = {"day": 1, "week": 7}
_DAY = timedelta(days=1)
MONTHS_IN: dict[Unit, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Span:
    """A stretch of days with both ends included."""

    start: date | None  # None for the beginning of the data.
    end: date | None  # None for the end of the data.
    unit: Unit  # What it is measured in, for the period before it.
    count: int  # How many of them.
    name: str  # In words, without the days.
    meant: str = ""  # What a relative period meant, such as "the quarter of the last date".


@dataclass(frozen=True)
class Calendar:
    """The first and the last date in the data."""

    first: date
    last: date

    def is_partial(self, span: Span) -> bool:
        """Whether the data end before the span does."""
        return (span.start or self.last) <= self.last < (span.end or self.last)

    def is_outside(self, span: Span) -> bool:
        """Whether no day of the span is in the data."""
        return (span.start or self.last) > self.last or (span.end or self.first) < self.first

    def period(self, span: Span) -> Period:
        """The days of the span that the data reach, described."""
        is_partial = self.is_partial(span)
        end = self.last if is_partial else span.end
        days = describe_days(span.start or self.first, end or self.last)
        label = f"{span.name} ({span.meant})" if span.meant else span.name
        if days != span.name or is_partial:
            label += f", {days}"
        if is_partial:
            label += f", not complete: the last date is {describe_day(self.last)}"
        return Period(span.start, end, label)

    def before(self, span: Span) -> Span | None:
        """The span of the same length just before; of a partial one, the same part."""
        if span.start and not span.end:
            span = replace(span, end=self.last, unit="day", count=_days(span.start, self.last))
        return self._moved(span, span.unit, span.count)

    def year_before(self, span: Span) -> Span | None:
        """The same span one year earlier; of a partial one, the same part."""
        return self._moved(replace(span, end=span.end or self.last), "year", 1)

    def _moved(self, span: Span, unit: Unit, count: int) -> Span | None:
        if not (span.start and span.end):
            return None
        start = shift(span.start, unit, -count)
        name = _name(start, span)
        if self.is_partial(span):
            end = shift(self.last, unit, -count)
            return Span(start, end, span.unit, span.count, f"the same part of {name}")
        end = shift(span.end + _DAY, unit, -count) - _DAY
        return Span(start, end, span.unit, span.count, name)

    # What people say.

    def this(self, unit: Unit) -> Span:
        """The week, month, quarter or year of the last date."""
        span = whole(self.last, unit)
        meant = f"the {unit} of the last date, {describe_day(self.last)}"
        return replace(span, meant=f"this {unit}: {meant}")

    def last_one(self, unit: Unit) -> Span:
        """The whole week, month, quarter or year before that of the last date."""
        start = shift(_floor(self.last, unit), unit, -1)
        meant = f"last {unit}: the one before that of the last date, {describe_day(self.last)}"
        return replace(whole(start, unit), meant=meant)

    def latest(self, count: int, unit: Unit) -> Span:
        """So many days, weeks, months, quarters or years up to and with that of the last date."""
        start, end = bounds(self.last, unit)
        meant = f"up to and including the {unit} of the last date, {describe_day(self.last)}"
        name = f"the last {_counted(count, unit)}"
        return Span(shift(start, unit, 1 - count), end, unit, count, name, meant)

    def to_date(self, unit: Unit) -> Span:
        """The year (quarter, month) of the last date up to that day."""
        span = self.this(unit)
        return replace(span, meant=f"{unit} to date: up to the last date")

    def latest_named(self, month: int, unit: Unit, name: str) -> Span:
        """The latest month or quarter that begins with this month and that the data reach."""
        start = date(self.last.year, month, 1)
        if start > self.last:
            start = start.replace(year=start.year - 1)
        return replace(whole(start, unit), meant=f"the latest {name} in the data")


def shift(day: date, unit: Unit, count: int) -> date:
    """The day so many units later; the 31st becomes the last day of a shorter month.

    Beyond the years 1 to 9999 it is the last day that Python knows.
    """
    try:
        if unit in DAYS:
            return day + timedelta(days=DAYS[unit] * count)
        year, month = divmod(day.year * 12 + day.month - 1 + MONTHS_IN[unit] * count, 12)
        return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    except (OverflowError, ValueError):
        return date.max if count > 0 else date.min


def bounds(day: date, unit: Unit) -> tuple[date, date]:
    """The first and the last day of the week, month, quarter or year that a day lies in."""
    start = _floor(day, unit)
    return start, shift(start, unit, 1) - _DAY


def whole(day: date, unit: Unit) -> Span:
    """The day, week, month, quarter or year that a day lies in."""
    start, end = bounds(day, unit)
    return Span(start, end, unit, 1, describe_step(start, unit))


def between(first: Span, last: Span) -> Span:
    """From the first day of one span to the last day of another."""
    assert first.start is not None
    assert last.end is not None
    unit: Unit = "day"
    count = _days(first.start, last.end)
    after = last.end + _DAY
    if first.start.day == after.day == 1:
        unit, count = "month", months_between(first.start, after)
    return Span(first.start, last.end, unit, count, f"{first.name} to {last.name}")


def months_between(first: date, last: date) -> int:
    """How many months lie between the months of two days."""
    return (last.year - first.year) * 12 + last.month - first.month


def open_ended(word: str, span: Span) -> Span:
    """Since, after, until or before a span with both ends; the word says which."""
    assert span.start is not None
    assert span.end is not None
    start = {"since": span.start, "after": span.end + _DAY}.get(word)
    end = {"until": span.end, "before": span.start - _DAY}.get(word)
    return Span(start, end, "day", 0, f"{word} {span.name}", span.meant)


def describe_day(day: date) -> str:
    """17 May 2013."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def describe_days(start: date, end: date) -> str:
    """The days in words, without repeating month or year."""
    if start == end:
        return describe_day(start)
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day} to {describe_day(end)}"
    if start.year == end.year:
        return f"{start.day} {MONTHS[start.month - 1]} to {describe_day(end)}"
    return f"{describe_day(start)} to {describe_day(end)}"


def describe_step(start: date, unit: Unit) -> str:
    """The first day of a unit as people name it: March 2013, Q1 2013, 2013."""
    month, year = MONTHS[start.month - 1], start.year
    names = {"year": f"{year}", "quarter": f"Q{(start.month + 2) // 3} {year}"}
    names |= {"month": f"{month} {year}", "week": f"the week of {describe_day(start)}"}
    return names.get(unit) or describe_day(start)


def _name(start: date, like: Span) -> str:
    """The name of the span that is like another and starts on this day."""
    aligned = _floor(start, like.unit) == start
    if like.count == 1 and aligned:
        return describe_step(start, like.unit)
    if like.unit == "month" and like.count == 6 and start.month in (1, 7) and start.day == 1:
        return f"H{(start.month + 5) // 6} {start.year}"
    return f"the {_counted(like.count, like.unit)} from {describe_day(start)}"


def _counted(count: int, unit: Unit) -> str:
    return f"{count} {unit if count == 1 else plural(unit)}"


def _floor(day: date, unit: Unit) -> date:
    if unit in DAYS:
        return day - timedelta(days=day.weekday() if unit == "week" else 0)
    return date(day.year, day.month - (day.month - 1) % MONTHS_IN[unit], 1)


def _days(start: date, end: date) -> int:
    return (end - start).days + 1
