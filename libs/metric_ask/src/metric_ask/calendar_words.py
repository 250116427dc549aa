"""Reads periods out of words: "this quarter", "last 6 months", "March 2013", "since 2012"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from metric_ask import periods
from metric_ask.periods import MONTHS, Calendar, Span, Unit

_COUNTED = (
    *("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
NUMBER_WORDS = {word: number for number, word in enumerate(_COUNTED, start=2)}
NUMBER_WORDS |= {"dozen": 12, "thirty": 30}

_MONTH_WORDS = {
    word: number
    for number, name in enumerate(MONTHS, start=1)
    for word in (name.lower(), name[:3].lower())
} | {"sept": 9}
_ORDINALS = {
    word: number
    for number, words in enumerate(("first 1st", "second 2nd", "third 3rd", "fourth 4th"), start=1)
    for word in words.split()
} | {"last": 4}
_UNITS: dict[str, Unit] = {unit: unit for unit in periods.UNITS}
_TO_DATE: dict[tuple[str, ...], Unit] = {
    ("ytd",): "year",
    ("qtd",): "quarter",
    ("mtd",): "month",
    **{(unit, "to", "date"): unit for unit in periods.UNITS},
    **{("this", unit, "to", "date"): unit for unit in periods.UNITS},
    **{("this", unit, "so", "far"): unit for unit in periods.UNITS},
    **{("so", "far", "this", unit): unit for unit in periods.UNITS},
}
_THIS = frozenset({"this", "current", "present"})
_LAST = frozenset({"last", "previous", "prior", "preceding"})
_LATEST = _LAST | {"past", "latest", "recent", "trailing", "rolling"}
OPENINGS = _THIS | _LATEST
"""Words that begin a period and mean nothing alone."""
_LINKS = frozenset({"of", "in", "the", "for"})
_AFTER_VERB = frozenset({"i", "we", "you", "it", "they", "he", "she", "be", "have", "not"})
_TO = frozenset({"to", "until", "till", "through", "and", "thru"})


@dataclass(frozen=True)
class Found:
    """A period in the question.

    Attributes:
        span: the days.
        length: number of words.
        ends: the two periods of "from A to B", which growth compares.
        last_unit: the unit of a bare "last <unit>", which after "against" means the one before.
        bare: whether a month or quarter was named without its year.
    """

    span: Span
    length: int
    ends: tuple[Span, Span] | None = None
    last_unit: Unit | None = None
    bare: bool = False


def in_year(found: Found, year: int) -> Found:
    """A month or quarter that was named without its year, in this one."""
    assert found.span.start
    span = periods.whole(found.span.start.replace(year=year), found.span.unit)
    return replace(found, span=span, bare=False)


def find_period(words: Sequence[str], start: int, calendar: Calendar) -> Found | None:
    """The longest period that begins at this word."""
    reader = _Reader(words, calendar)
    found = [each for each in (reader.stretch(start), reader.point(start)) if each]
    return max(found, key=lambda each: each.length, default=None)


class _Reader:
    def __init__(self, words: Sequence[str], calendar: Calendar) -> None:
        self.words = words
        self.calendar = calendar

    def word(self, place: int) -> str:
        return self.words[place] if 0 <= place < len(self.words) else ""

    def after_links(self, place: int) -> int:
        while self.word(place) in _LINKS:
            place += 1
        return place

    # From ... to ..., since, before and their like.

    def stretch(self, start: int) -> Found | None:
        word = self.word(start)
        opens = word in ("between", "from")
        if days := self._days(start, self.after_links(start + 1) if opens else start):
            return days
        if opens:
            first = self.point(self.after_links(start + 1))
            if first:
                middle = self.after_links(start + 1) + first.length
                if both := self._range(start, first, middle):
                    return both
                if word == "from" and self.word(middle) in ("on", "onward", "onwards", "forward"):
                    return Found(periods.since(first.span), middle + 1 - start)
            return None
        for opening, make in _OPENINGS:
            size = len(opening)
            if tuple(self.words[start : start + size]) == opening:
                place = self.after_links(start + size)
                point = self.point(place)
                if point:
                    return Found(make(point.span), place + point.length - start)
        first = self.point(start)
        if first and self.word(start + first.length) in ("onward", "onwards"):
            return Found(periods.since(first.span), first.length + 1)
        if first and self.word(start + first.length) != "and":
            return self._range(start, first, start + first.length)
        return None

    def _days(self, start: int, place: int) -> Found | None:
        """From a day without its year to another: "1 June to 15 July 2013"."""
        number, month = _day_number(self.word(place)), _MONTH_WORDS.get(self.word(place + 1))
        if not number or not month or self.word(place + 2) not in _TO:
            return None
        after = self.after_links(place + 3)
        last = self.point(after)
        if last is None or last.span.start is None or last.span.end is None:
            return None
        for year in (last.span.start.year, last.span.start.year - 1):
            day = _safe_date(year, month, number)
            if day and day <= last.span.start:
                begin = periods.whole(day, "day")
                span = periods.between(begin, last.span)
                return Found(span, after + last.length - start, ends=(begin, last.span))
        return None

    def _range(self, start: int, first: Found, middle: int) -> Found | None:
        if self.word(middle) not in _TO:
            return None
        place = self.after_links(middle + 1)
        last = self.point(place)
        if last is None:
            return None
        begin = first.span
        if first.bare and last.span.start:
            begin = in_year(first, last.span.start.year).span
            if begin.start and begin.start > last.span.start:
                begin = in_year(first, last.span.start.year - 1).span
        if not begin.start or not last.span.end or begin.start > last.span.end:
            return None
        span = periods.between(begin, last.span)
        return Found(span, place + last.length - start, ends=(begin, last.span))

    # A single period.

    def point(self, start: int) -> Found | None:
        readers = (
            self._iso,
            self._to_date,
            self._relative,
            self._part,
            self._day,
            self._month,
            self._quarter,
            self._half,
            self._year,
        )
        found = [each for each in (read(start) for read in readers) if each]
        return max(found, key=lambda each: each.length, default=None)

    def _iso(self, start: int) -> Found | None:
        parts = self.word(start).split("-")
        if len(parts) not in (2, 3) or not all(part.isdigit() for part in parts):
            return None
        numbers = [int(part) for part in parts]
        day = _safe_date(numbers[0], numbers[1], numbers[2] if len(parts) == 3 else 1)
        return Found(periods.whole(day, "day" if len(parts) == 3 else "month"), 1) if day else None

    def _to_date(self, start: int) -> Found | None:
        for phrase, unit in _TO_DATE.items():
            if tuple(self.words[start : start + len(phrase)]) == phrase:
                return Found(self.calendar.to_date(unit), len(phrase))
        return None

    def _relative(self, start: int) -> Found | None:
        word, following = self.word(start), self.word(start + 1)
        if word in _THIS and following in _UNITS and following != "day":
            return Found(self.calendar.this(_UNITS[following]), 2)
        if word in _LAST and following in _UNITS and following != "day":
            unit = _UNITS[following]
            return Found(self.calendar.last_one(unit), 2, last_unit=unit)
        if word in _LATEST:
            count = _count(following)
            unit_word = self.word(start + 2)
            if unit_word == "calendar":
                return None
            if count and unit_word in _UNITS:
                return Found(self.calendar.latest(count, _UNITS[unit_word]), 3)
        return None

    def _part(self, start: int) -> Found | None:
        """The first or last so many months or quarters of a year."""
        word, count = self.word(start), _count(self.word(start + 1))
        unit = _UNITS.get(self.word(start + 2))
        year = self._year_number(start + 3)
        if word not in ("first", "last") or unit not in ("month", "quarter") or not year:
            return None
        months = count * (3 if unit == "quarter" else 1)
        if not 1 <= months <= 12:
            return None
        first = 1 if word == "first" else 13 - months
        begin = periods.whole(date(year[0], first, 1), "month")
        end = periods.whole(date(year[0], first + months - 1, 1), "month")
        span = periods.between(begin, end) if months > 1 else begin
        return Found(span, 3 + year[1])

    def _year_number(self, start: int) -> tuple[int, int] | None:
        """A year, by its number or as this or last year, and the words it takes."""
        place = self.after_links(start)
        word = self.word(place)
        if _is_year(word):
            return int(word), place + 1 - start
        if self.word(place + 1) == "year" and word in _THIS | _LAST:
            year = self.calendar.last.year - (word in _LAST)
            return year, place + 2 - start
        return None

    def _year(self, start: int) -> Found | None:
        word = self.word(start)
        if not _is_year(word):
            return None
        return Found(periods.whole(date(int(word), 1, 1), "year"), 1)

    def _month(self, start: int) -> Found | None:
        word = self.word(start)
        if _is_year(word) and self.word(start + 1) in _MONTH_WORDS:
            number = _MONTH_WORDS[self.word(start + 1)]
            return Found(periods.whole(date(int(word), number, 1), "month"), 2)
        if word not in _MONTH_WORDS:
            return None
        number = _MONTH_WORDS[word]
        # "May" is also a verb.
        may_be_verb = word == "may" and self.word(start + 1) in _AFTER_VERB
        if year := self._year_number(start + 1):
            return Found(periods.whole(date(year[0], number, 1), "month"), 1 + year[1])
        if may_be_verb:
            return None
        return Found(self.calendar.latest_month(number), 1, bare=True)

    def _day(self, start: int) -> Found | None:
        """17 May 2013, 17th of May 2013, May 17 2013."""
        place = start
        if number := _day_number(self.word(place)):
            place = self.after_links(place + 1)
            month = _MONTH_WORDS.get(self.word(place))
        else:
            month = _MONTH_WORDS.get(self.word(place))
            place = self.after_links(place + 1)
            number = _day_number(self.word(place))
        year = self.word(place + 1)
        if not number or not month or not _is_year(year):
            return None
        day = _safe_date(int(year), month, number)
        return Found(periods.whole(day, "day"), place + 2 - start) if day else None

    def _quarter(self, start: int) -> Found | None:
        word, following = self.word(start), self.word(start + 1)
        if _is_year(word) and _quarter_number(following):
            return self._quarter_of(int(word), _quarter_number(following), 2)
        number, length = _quarter_number(word), 1
        if not number and following == "quarter" and word in _ORDINALS:
            number, length = _ORDINALS[word], 2
        if not number:
            return None
        if year := self._year_number(start + length):
            return self._quarter_of(year[0], number, length + year[1])
        if word == "last":
            return None
        return Found(self.calendar.latest_quarter(number), length, bare=True)

    def _quarter_of(self, year: int, number: int, length: int) -> Found:
        return Found(periods.whole(date(year, number * 3 - 2, 1), "quarter"), length)

    def _half(self, start: int) -> Found | None:
        word, following = self.word(start), self.word(start + 1)
        if _is_year(word) and following in ("h1", "h2"):
            return Found(periods.half(int(word), int(following[1])), 2)
        number, length = (int(word[1]), 1) if word in ("h1", "h2") else (0, 0)
        if not number and following == "half" and word in _ORDINALS:
            number, length = (2 if word == "last" else _ORDINALS[word]), 2
        if number not in (1, 2):
            return None
        year = self._year_number(start + length)
        return Found(periods.half(year[0], number), length + year[1]) if year else None


_OPENINGS = (
    (("since",), periods.since),
    (("starting", "from"), periods.since),
    (("starting", "in"), periods.since),
    (("starting", "with"), periods.since),
    (("starting",), periods.since),
    (("after",), lambda span: periods.since(span, after=True)),
    (("before",), lambda span: periods.until(span, before=True)),
    (("prior", "to"), lambda span: periods.until(span, before=True)),
    (("until", "the", "end", "of"), periods.until),
    (("up", "to", "and", "including"), periods.until),
    (("up", "to"), periods.until),
    (("until",), periods.until),
    (("till",), periods.until),
    (("through",), periods.until),
)


def _is_year(word: str) -> bool:
    return len(word) == 4 and word.isdigit() and 1800 <= int(word) <= 2199


def _quarter_number(word: str) -> int:
    return int(word[1]) if len(word) == 2 and word[0] == "q" and word[1] in "1234" else 0


def _day_number(word: str) -> int:
    digits = word.rstrip("stndrh")
    return int(digits) if digits.isdigit() and len(digits) <= 2 and 1 <= int(digits) <= 31 else 0


def _count(word: str) -> int:
    if word in NUMBER_WORDS:
        return NUMBER_WORDS[word]
    return int(word) if word.isdigit() and 1 <= len(word) <= 3 else 0


def _safe_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
