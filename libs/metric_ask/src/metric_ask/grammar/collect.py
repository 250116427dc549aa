"""What each item adds to the question: metrics, rows, values, periods, a number of rows."""

from __future__ import annotations

from metric_ask.grammar import doubts
from metric_ask.grammar.parts import NOTHING, ROWS_FOLLOW, Parts, is_rank, is_silent, orders
from metric_ask.grammar.scan import Item
from metric_ask.periods import in_year

LARGEST_NUMBER = 1000
_PREPOSITIONS = frozenset({"in", "for", "from", "of", "to", "at", "on", "with"})
_IMPLY_METRIC = frozenset(
    {"action", "people_action", "growth", "decline", "best", "share", "quality"}
)
_BEFORE_ROWS = frozenset({"descending", "ascending", "subject", "by", "each"}) | ROWS_FOLLOW


def collect(parts: Parts) -> None:
    """Go through the items once and put each where it belongs."""
    parts.roles = {item.role for item in parts.items} - {""}
    pending = ""
    negated = False
    for place, item in enumerate(parts.items):
        if orders(item) or item.kind == "number":
            doubts.refuse_second_ranking(parts, place)
        if is_rank(item) or item.kind == "number":
            doubts.refuse_growth_of_ranked(parts, place)
        if item.role in ("by", "each"):
            pending = item.role
        elif item.role == "without":
            negated = True
            pending = ""
        elif item.kind == "metric":
            doubts.refuse_ratio(parts, place)
            doubts.refuse_of_some(parts, place)
            parts.add_metric(item.name)
            pending = pending if pending == "each" else ""
        elif item.kind in ("dimension", "either"):
            pending = _add_noun(parts, place, item, pending)
        elif item.kind == "value":
            doubts.refuse_value_alone(parts, place)
            parts.values.append((place, item, negated))
            if item.note:
                parts.remarks.append(f'"{item.text}": {item.note}.')
        elif item.kind == "number":
            _add_number(parts, place, item)
        elif item.found:
            parts.periods.append((place, item.found))
        negated = negated and _still_negated(parts, place, item)
    if negated and not any(flag for _, _, flag in parts.values):
        _refuse_nothing_left_out(parts)
    doubts.refuse_two_questions(parts)
    _share_the_year(parts)


def _still_negated(parts: Parts, place: int, item: Item) -> bool:
    """Whether a value behind this item is left out as well."""
    left_out = [at for at, _, flag in parts.values if flag]
    if is_silent(item) and item.word in _PREPOSITIONS and place - 1 in left_out:
        return False
    if item.kind == "value" or item.role in ("without", "and", "silent", "each"):
        return True
    if not any(at >= place - 3 for at in left_out):
        _refuse_nothing_left_out(parts)
    return False


def _refuse_nothing_left_out(parts: Parts) -> None:
    parts.ask("It is not clear what is to be left out.", "{metric} without {one}")


def _share_the_year(parts: Parts) -> None:
    """In "March and April 2013" the year belongs to both."""
    dated = [found for _, found in parts.periods if not found.bare and found.span.unit != "day"]
    years = {found.span.start.year for found in dated if found.span.start}
    if len(years) == 1:
        year = years.pop()
        parts.periods = [
            (place, in_year(found, year) if found.bare else found) for place, found in parts.periods
        ]


def _add_noun(parts: Parts, place: int, item: Item, pending: str) -> str:
    """A word that names a dimension, and sometimes also a metric or nothing new."""
    name = item.other or item.name
    beside = (parts.at(place - 1), parts.at(place + 1))
    if not pending and any(near.kind == "value" and near.name == name for near in beside):
        return pending  # "Genre Poetry" is the value alone.
    if item.kind == "either" and not pending and _counts(parts, place, name):
        parts.add_metric(item.name)
        return ""
    if item.word in ("year", "years") and beside[0].kind == "value" and _has_digit(beside[0]):
        return pending  # The years of an age.
    if pending:
        target = parts.each if pending == "each" else parts.by
        if name not in target:
            target.append(name)
        return pending
    ahead = _significant_before(parts, place)
    if parts.at(ahead).role in ("how_many", "share") and ahead >= place - 2:
        title = parts.context.title(name)
        parts.ask(
            f'How many there are of "{item.text}" is no figure that is known here.',
            f"{{metric}} by {title}",
            f"share of {{metric}} by {title}",
        )
    if name in parts.context.words.entities and _is_scope(parts, place):
        return ""
    if name not in parts.subjects:
        parts.subjects.append(name)
        parts.singular = not item.word.rstrip().endswith("s")
    return ""


def _has_digit(item: Item) -> bool:
    return any(letter.isdigit() for letter in item.text)


def _significant_before(parts: Parts, place: int) -> int:
    """The place before, passing over silent words, values and joining words."""
    return parts.skip(
        place, -1, lambda item: item.kind == "value" or item.role in ("silent", "and")
    )


def _is_growth_of(parts: Parts, place: int) -> bool:
    """Whether the noun is what grows, as in "member growth" and "growth in members"."""
    before = parts.at(place - 1)
    if before.word in ("of", "in"):
        before = parts.at(place - 2)
    return any(
        near.kind == "role" and near.word in doubts.GROWTH_NOUNS
        for near in (before, parts.at(place + 1))
    )


def _counts(parts: Parts, place: int, dimension: str) -> bool:
    """Whether a word such as "members" means how many of them."""
    around = (parts.at(place - 1).kind, parts.at(place + 1).kind)
    if around == ("metric", "metric"):
        return True  # "Loans renewals members" is a list of metrics.
    at = _significant_before(parts, place)
    before = parts.at(at)
    if _is_growth_of(parts, place) and not (is_rank(before) or before.kind == "number"):
        return not parts.names_metric()
    if before.role == "how_many":
        counted = parts.at(at + 1)
        entity_of = parts.context.entity_of
        other = counted.kind == "value" and entity_of(counted.name)
        return not other or other == entity_of(dimension)
    if before.role == "share":
        return True
    nouns = ("metric", "either", "dimension", "value", "period")
    if before.kind in ("metric", "either") and parts.joined(at, place):
        last = parts.skip(place, -1, lambda item: item.kind not in nouns)
        if last == at:
            return before.kind == "metric" or before.name in parts.metrics
    if before.kind == "number" or before.role in _BEFORE_ROWS:
        return False
    return not (parts.names_metric() or parts.roles & _IMPLY_METRIC)


def _is_scope(parts: Parts, place: int) -> bool:
    """Whether "books" or "members" only names what the figures are of."""
    at = parts.skip(place, -1, lambda item: item.kind == "value" or is_silent(item))
    before = parts.at(at)
    if before is NOTHING:
        # "Adult members" and a metric are of them; "members by loans" are the rows.
        described = parts.at(place - 1).kind == "value"
        by_metric = any(one.role == "by" and other.kind == "metric" for one, other in parts.pairs())
        if not described or by_metric or any(map(orders, parts.items)):
            return False
        return parts.names_metric()
    ranked = is_rank(parts.at(at - 1)) or parts.at(at - 1).kind == "number"
    if (
        before.kind == "number"
        or before.role in _BEFORE_ROWS
        or (
            before.kind == "metric" and ranked  # "Highest fee books" are rows.
        )
    ):
        return False
    return parts.names_metric() or bool(parts.roles & {"action", "people_action", "how_much_of"})


def _add_number(parts: Parts, place: int, item: Item) -> None:
    """A number is how many rows; one that is not before or after its like is refused."""
    if parts.number is not None:
        parts.ask(f"There are two numbers, and {item.text} has no clear meaning.")
    ahead = parts.skip(
        place, 1, lambda near: near.kind in ("value", "metric") or is_silent(near) or orders(near)
    )
    follows = parts.at(ahead).kind in ("dimension", "either")
    if not (follows or orders(parts.at(place - 1)) or orders(parts.at(place + 1))):
        parts.ask(
            f'"{item.text}" is a number without a clear meaning.',
            "top 10 {rows}",
            "{metric} last 6 months",
        )
    if not 1 <= item.number <= LARGEST_NUMBER:
        parts.ask(f"A list can have 1 to {LARGEST_NUMBER} rows, not {item.text}.")
    parts.number = item.number
