"""Reads periods out of words: "this quarter", "last 6 months", "March 2013", "since 2012".

The words are normalised (lower case, no plural), so patterns over them stay short.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from metric_ask import spans
from metric_ask.spans import MONTHS, Calendar, Span
from metric_ask.view import UNITS, Unit

_COUNTED = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
)
NUMBER_WORDS = {word: number for number, word in enumerate(_COUNTED.split(), start=2)}
NUMBER_WORDS |= {"dozen": 12, "thirty": 30}
_MONTH_WORDS = {
    word: number
    for number, name in enumerate(MONTHS, start=1)
    for word in (name.lower(), name[:3].lower())
} | {"sept": 9}
_ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4}
_ORDINALS |= {"4th": 4, "last": 4}

_THIS = ("this", "current", "present")
_LAST = ("last", "previous", "prior", "preceding")
_LATEST = (*_LAST, "past", "latest", "recent", "trailing", "rolling")
OPENINGS = frozenset({*_THIS, *_LATEST})
"""Words that begin a period and mean nothing alone."""


def _any(words: Sequence[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_LINKS = "(?:(?:of|in|the|for) )*"
_YEAR = r"(?P<year>(?:1[89]|2[01])\d\d)"
_IN_YEAR = rf" {_LINKS}(?:{_YEAR}|(?P<rel>{_any(_THIS + _LAST)}) year)"
_UNIT = f"(?P<unit>{_any(UNITS)})"
_COUNT = rf"(?P<count>[1-9]\d{{0,2}}|{_any([*NUMBER_WORDS])})"
_MONTH = f"(?P<month>{_any([*_MONTH_WORDS])})"
_DAY = r"(?P<day>[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
_NTH = _any([*_ORDINALS])
_QUARTER = f"(?:q(?P<q>[1-4])|(?P<nth>{_NTH}) quarter)"
_HALF = "(?:h(?P<q>[12])|(?P<nth>first|1st|second|2nd|last) half)"
_TO = re.compile(rf"(to|until|till|through|and|thru) {_LINKS}")
_OPENS = re.compile(rf"(between|from) {_LINKS}")
_DAY_TO = re.compile(rf"{_DAY} {_MONTH} (?:to|until|till|through|and|thru) {_LINKS}")
_AFTER_VERB = re.compile(r" (i|we|you|it|they|he|she|be|have|not)\b")


@dataclass(frozen=True)
class Found:
    """A period in the question."""

    span: Span
    length: int  # Number of words.
    # The two periods of "from A to B", which growth compares.
    ends: tuple[Span, Span] | None = None
    # The unit of a bare "last <unit>", which after "against" means the one before.
    last_unit: Unit | None = None
    bare: bool = False  # Whether a month or quarter was named without its year.


def in_year(found: Found, year: int) -> Found:
    """A month or quarter that was named without its year, in this one."""
    assert found.span.start
    span = spans.whole(found.span.start.replace(year=year), found.span.unit)
    return replace(found, span=span, bare=False)


def find_period(words: Sequence[str], start: int, calendar: Calendar) -> Found | None:
    """The longest period that begins at this word."""
    text = " ".join(words[start:])
    return _longest(filter(None, (_stretch(text, calendar), _point(text, calendar))))


def _longest(found: Iterable[Found]) -> Found | None:
    return max(found, key=lambda each: each.length, default=None)


# --- A single period: patterns, and what makes a span of a match ----------------------------------


def _year_of(match: re.Match[str], calendar: Calendar) -> int:
    """The year of a match, by its number or as this or last year; 0 when none is named."""
    named = match.groupdict()
    if named.get("year"):
        return int(named["year"])
    return calendar.last.year - (named["rel"] in _LAST) if named.get("rel") else 0


def _count(word: str) -> int:
    return NUMBER_WORDS.get(word) or int(word)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _iso(match: re.Match[str], _: Calendar) -> Span | None:
    day = _date(int(match[1]), int(match[2]), int(match[3] or 1))
    return spans.whole(day, "day" if match[3] else "month") if day else None


def _months(year: int, first: int, count: int) -> Span:
    begin, end = (
        spans.whole(date(year, month, 1), "month") for month in (first, first + count - 1)
    )
    return spans.between(begin, end) if count > 1 else begin


def _part(match: re.Match[str], calendar: Calendar) -> Span | None:
    """The first or last so many months or quarters of a year."""
    count = _count(match["count"]) * spans.MONTHS_IN[match["unit"]]  # type: ignore[index]
    first = 1 if match["which"] == "first" else 13 - count
    return _months(_year_of(match, calendar), first, count) if count <= 12 else None


def _day(match: re.Match[str], _: Calendar) -> Span | None:
    day = _date(int(match["year"]), _MONTH_WORDS[match["month"]], int(match["day"]))
    return spans.whole(day, "day") if day else None


def _month(match: re.Match[str], calendar: Calendar) -> Span | None:
    number = _MONTH_WORDS[match["month"]]
    if year := _year_of(match, calendar):
        return spans.whole(date(year, number, 1), "month")
    # "May" is also a verb.
    if match["month"] == "may" and _AFTER_VERB.match(match.string, match.end()):
        return None
    return calendar.latest_named(number, "month", MONTHS[number - 1])


def _number(match: re.Match[str]) -> int:
    """The number of a quarter or half: q3, third."""
    return int(match["q"] or _ORDINALS[match["nth"]])


def _quarter(match: re.Match[str], calendar: Calendar) -> Span | None:
    number = _number(match)
    first = number * 3 - 2
    if year := _year_of(match, calendar):
        return spans.whole(date(year, first, 1), "quarter")
    is_last = match["nth"] == "last"
    return None if is_last else calendar.latest_named(first, "quarter", f"Q{number}")


def _half(match: re.Match[str], calendar: Calendar) -> Span | None:
    number, year = min(2, _number(match)), _year_of(match, calendar)
    return replace(_months(year, number * 6 - 5, 6), name=f"H{number} {year}")


def _to_date(match: re.Match[str], calendar: Calendar) -> Span | None:
    short: dict[str, Unit] = {"y": "year", "q": "quarter", "m": "month"}
    word = next(each for each in match.groups() if each)
    return calendar.to_date(short.get(word, word))  # type: ignore[arg-type]


_Reader = Callable[[re.Match[str], Calendar], Span | None]
_UNITS_BUT_DAY = "(week|month|quarter|year)"
_POINTS: tuple[tuple[re.Pattern[str], _Reader], ...] = tuple(
    (re.compile(rf"(?:{pattern})(?![^ ])"), reader)
    for pattern, reader in (
        (r"([1-9]\d{3})-(\d\d)(?:-(\d\d))?", _iso),
        (
            rf"([yqm])td|(?:this )?({_any(UNITS)}) to date|this ({_any(UNITS)}) so far"
            rf"|so far this ({_any(UNITS)})",
            _to_date,
        ),
        (f"(?:{_any(_THIS)}) {_UNITS_BUT_DAY}", lambda m, calendar: calendar.this(m[1])),
        (f"(?:{_any(_LAST)}) {_UNITS_BUT_DAY}", lambda m, calendar: calendar.last_one(m[1])),
        (
            f"(?:{_any(_LATEST)}) {_COUNT} {_UNIT}",
            lambda m, calendar: calendar.latest(_count(m["count"]), m["unit"]),
        ),
        (f"(?P<which>first|last) {_COUNT} (?P<unit>month|quarter){_IN_YEAR}", _part),
        (f"{_DAY} {_LINKS}{_MONTH} {_YEAR}", _day),
        (f"{_MONTH} {_LINKS}{_DAY} {_YEAR}", _day),
        (f"{_YEAR} {_MONTH}", _month),
        (f"{_MONTH}(?:{_IN_YEAR})?", _month),
        (f"{_YEAR} q(?P<q>[1-4])(?P<nth>)", _quarter),
        (f"{_QUARTER}(?:{_IN_YEAR})?", _quarter),
        (f"{_YEAR} h(?P<q>[12])(?P<nth>)", _half),
        (f"{_HALF}{_IN_YEAR}", _half),
        (_YEAR, lambda m, _: spans.whole(date(int(m["year"]), 1, 1), "year")),
    )
)


def _point(text: str, calendar: Calendar) -> Found | None:
    found: list[Found] = []
    for pattern, reader in _POINTS:
        match = pattern.match(text)
        if match and (span := reader(match, calendar)):
            length = len(match.group().split())
            bare = reader in (_month, _quarter) and bool(span.meant)
            is_last = span.meant and length == 2 and match.group().startswith(_LAST)
            found.append(Found(span, length, last_unit=span.unit if is_last else None, bare=bare))
    return _longest(found)


# --- From ... to ..., since, before and the like --------------------------------------------------

_OPENINGS = tuple(
    (re.compile(f"(?:{pattern}) {_LINKS}"), word)
    for word, pattern in (
        ("since", "starting from|starting in|starting with|starting|since"),
        ("after", "after"),
        ("before", "before|prior to"),
        ("until", "until the end of|up to and including|up to|until|till|through"),
    )
)


def _stretch(text: str, calendar: Calendar) -> Found | None:
    for pattern, word in _OPENINGS:
        if (match := pattern.match(text)) and (point := _point(text[match.end() :], calendar)):
            length = len(match.group().split()) + point.length
            return Found(spans.open_ended(word, point.span), length)
    opened = _OPENS.match(text)
    opening, skipped = (opened[1], len(opened.group().split())) if opened else ("", 0)
    words = text.split()
    rest = " ".join(words[skipped:])
    if days := _days(rest, calendar):
        return replace(days, length=skipped + days.length)
    first = _point(rest, calendar)
    if first is None:
        return None
    behind = skipped + first.length
    tail = " ".join(words[behind:])
    if found := _range(first, tail, calendar, joined=bool(opening)):
        return replace(found, length=behind + found.length)
    onward = "onwards?|forward|on" if opening == "from" else "onwards?"
    if opening != "between" and re.match(rf"(?:{onward})(?![^ ])", tail):
        return Found(spans.open_ended("since", first.span), behind + 1)
    return None


def _days(text: str, calendar: Calendar) -> Found | None:
    """From a day without its year to another: "1 June to 15 July 2013"."""
    match = _DAY_TO.match(text)
    last = _point(text[match.end() :], calendar) if match else None
    if not match or last is None or last.span.start is None:
        return None
    for year in (last.span.start.year, last.span.start.year - 1):
        day = _date(year, _MONTH_WORDS[match["month"]], int(match["day"]))
        if day and day <= last.span.start:
            return _joined(spans.whole(day, "day"), match, last)
    return None


def _joined(begin: Span, link: re.Match[str], last: Found) -> Found:
    length = len(link.group().split()) + last.length
    return Found(spans.between(begin, last.span), length, ends=(begin, last.span))


def _range(first: Found, tail: str, calendar: Calendar, *, joined: bool) -> Found | None:
    """The period from the first one to that in the rest; its length is that of the rest."""
    match = _TO.match(tail)
    last = _point(tail[match.end() :], calendar) if match else None
    if not match or last is None or (match[1] == "and" and not joined):
        return None
    begin = first.span
    if first.bare and last.span.start:
        begin = in_year(first, last.span.start.year).span
        if begin.start and begin.start > last.span.start:
            begin = in_year(first, last.span.start.year - 1).span
    if not begin.start or not last.span.end or begin.start > last.span.end:
        return None
    return _joined(begin, match, last)
