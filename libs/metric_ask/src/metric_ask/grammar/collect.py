"""What each item adds to the question: figures, rows, values, periods, a number of rows."""

from __future__ import annotations

from metric_ask.calendar_words import in_year
from metric_ask.grammar.context import ABOUT_PRODUCTS
from metric_ask.grammar.doubts import (
    GROWTH_NOUNS,
    refuse_growth_of_ranked,
    refuse_of_some,
    refuse_ratio,
    refuse_second_ranking,
    refuse_two_questions,
)
from metric_ask.grammar.items import Item
from metric_ask.grammar.parts import QUALITIES, ROWS_FOLLOW, Parts

LARGEST_NUMBER = 1000
_SCOPE_NOUNS = ("product", "customer")
_PREPOSITIONS = frozenset({"in", "for", "from", "of", "to", "at", "on", "with"})
_IMPLY_METRIC = frozenset({"sell", "buy", "growth", "decline", "best_seller", "share", *QUALITIES})


def collect(parts: Parts) -> None:
    """Go through the items once and put each where it belongs."""
    pending = ""
    negated = False
    for place, item in enumerate(parts.items):
        role = item.name if item.kind == "role" else ""
        if parts.orders(item) or item.kind == "number":
            refuse_second_ranking(parts, place)
        if parts.is_rank(item) or item.kind == "number":
            refuse_growth_of_ranked(parts, place)
        if role in ("by", "each"):
            pending = role
        elif role == "without":
            negated = True
            pending = ""
        elif item.kind == "metric":
            refuse_ratio(parts, place, item)
            refuse_of_some(parts, place, item)
            add_metric(parts, item.name)
            pending = pending if pending == "each" else ""
        elif item.kind in ("dimension", "either"):
            pending = _add_noun(parts, place, item, pending)
        elif item.kind == "value":
            if item.text.lower() == "single" and not _is_about_people(parts, place):
                parts.ask('"single" could mean unmarried customers.', "revenue of single customers")
            parts.values.append((place, item, negated))
            if item.note:
                parts.remarks.append(f'"{item.text}": {item.note}.')
        elif item.kind == "number":
            _add_number(parts, place, item)
        elif item.kind == "period":
            assert item.found
            parts.spans.append((place, item.found))
        if negated and role == "silent" and item.text.lower() in _PREPOSITIONS:
            negated = not any(flag for at, _, flag in parts.values if at == place - 1)
        if negated and item.kind != "value" and role not in ("without", "and", "silent", "each"):
            if not any(flag for at, _, flag in parts.values if at >= place - 3):
                parts.ask("It is not clear what is to be left out.", "revenue without bikes")
            negated = False
    if negated and not any(flag for _, _, flag in parts.values):
        parts.ask("It is not clear what is to be left out.", "revenue without bikes")
    refuse_two_questions(parts)
    _share_the_year(parts)


def _share_the_year(parts: Parts) -> None:
    """In "March and April 2013" the year belongs to both."""
    dated = [found for _, found in parts.spans if not found.bare and found.span.unit != "day"]
    years = {found.span.start.year for found in dated if found.span.start}
    if len(years) == 1:
        year = years.pop()
        parts.spans = [
            (place, in_year(found, year) if found.bare else found) for place, found in parts.spans
        ]


def _is_about_people(parts: Parts, place: int) -> bool:
    near = [parts.item(at) for at in (place - 2, place - 1, place + 1, place + 2)]
    return any(
        item is not None
        and (item.name in ("gender", "marital_status", "customers", "versus") or item.other)
        for item in near
    )


def add_metric(parts: Parts, name: str) -> None:
    """Add a figure, once."""
    if name not in parts.metrics:
        parts.metrics.append(name)


def _add_noun(parts: Parts, place: int, item: Item, pending: str) -> str:
    """A word that names a dimension, and sometimes also a metric or nothing new."""
    name = item.other if item.kind == "either" else item.name
    if parts.beside_its_value(place, name) and not pending:
        return pending
    if item.kind == "either" and _counts(parts, place, pending):
        add_metric(parts, item.name)
        return ""
    if name == "year" and _is_age(parts, place):
        return pending
    if pending:
        target = parts.each if pending == "each" else parts.by
        if name not in target:
            target.append(name)
        return pending
    before = parts.significant_before(place)
    role = parts.items[before].name if before is not None else ""
    if role in ("how_many", "share") and before is not None and before >= place - 2:
        title = parts.context.view.dimensions[name].title.lower()
        parts.ask(
            f'How many there are of "{item.text}" is no figure that is known here.',
            f"revenue by {title}",
            f"share of revenue by {title}",
        )
    if name in _SCOPE_NOUNS and _is_scope(parts, place):
        return ""
    if name not in parts.subjects:
        parts.subjects.append(name)
        parts.singular = not item.text.lower().rstrip().endswith("s")
    return ""


def _is_age(parts: Parts, place: int) -> bool:
    """Whether "years" belongs to an age before it."""
    before = parts.item(place - 1)
    return before is not None and (before.kind, before.name) == ("value", "age_group")


def _is_growth_of(parts: Parts, place: int) -> bool:
    """Whether the noun is what grows, as in "customer growth" and "growth in customers"."""
    after, before = parts.item(place + 1), parts.item(place - 1)
    if before is not None and parts.is_silent(before) and before.text.lower() in ("of", "in"):
        before = parts.item(place - 2)
    return any(
        near is not None and near.kind == "role" and near.text.lower() in GROWTH_NOUNS
        for near in (after, before)
    )


def _is_between_figures(parts: Parts, place: int) -> bool:
    """Whether the noun stands in a list of figures: "revenue orders customers aov"."""
    before, after = parts.item(place - 1), parts.item(place + 1)
    return (
        before is not None
        and after is not None
        and (before.kind, after.kind) == ("metric", "metric")
    )


def _counts(parts: Parts, place: int, pending: str) -> bool:
    """Whether a word such as "customers" means how many of them."""
    if pending:
        return False
    before = parts.significant_before(place)
    ranked = before is not None and (
        parts.is_rank(parts.items[before]) or parts.items[before].kind == "number"
    )
    if _is_between_figures(parts, place):
        return True
    if _is_growth_of(parts, place) and not ranked:
        return not any(item.kind == "metric" for item in parts.items)
    if before is not None:
        item = parts.items[before]
        if item.kind == "role" and item.name == "how_many":
            counted = parts.items[before + 1]
            return not (counted.kind == "value" and counted.name in ABOUT_PRODUCTS)
        if item.kind == "role" and item.name == "share":
            return True
        if item.kind in ("metric", "either") and (
            parts.joined(before, place) and before == parts.last_noun(place)
        ):
            return item.kind == "metric" or item.name in parts.metrics
        if parts.asks_for(item):
            return False
    others = any(
        item.kind == "metric" and at != place for at, item in enumerate(parts.items)
    ) or any(item.kind == "role" and item.name in _IMPLY_METRIC for item in parts.items)
    return not others


def _is_scope(parts: Parts, place: int) -> bool:
    """Whether "products" or "customers" only names what the figures are of."""
    at = place - 1
    while at >= 0 and (parts.items[at].kind == "value" or parts.is_silent(parts.items[at])):
        at -= 1
    if at < 0:
        # "Married customers" and a figure are of them; "customers by revenue" are the rows.
        before = parts.item(place - 1)
        described = before is not None and before.kind == "value"
        if not described or any(map(parts.orders, parts.items)) or parts.is_by_metric():
            return False
        return any(item.kind == "metric" for item in parts.items)
    if parts.asks_for(parts.items[at]) or _is_ranked_metric(parts, at):
        return False
    known = any(item.kind == "metric" for item in parts.items)
    implied = any(
        item.kind == "role" and item.name in ("sell", "buy", "how_much_of") for item in parts.items
    )
    return known or implied


def _is_ranked_metric(parts: Parts, place: int) -> bool:
    """Whether a figure stands behind highest or lowest: "lowest margin products" are rows."""
    before = parts.item(place - 1)
    ranks = before is not None and (parts.is_rank(before) or before.kind == "number")
    return parts.items[place].kind == "metric" and ranks


def _add_number(parts: Parts, place: int, item: Item) -> None:
    """A number is how many rows; one that is not before or after its like is refused."""
    if parts.number is not None:
        parts.ask(f"There are two numbers, and {item.text} has no clear meaning.")
    ahead = place + 1
    while (near := parts.item(ahead)) is not None and (
        near.kind == "value"
        or parts.is_silent(near)
        or parts.is_rank(near)
        or (near.kind == "role" and near.name in ROWS_FOLLOW)
        or near.kind == "metric"
    ):
        ahead += 1
    behind = parts.item(place - 1)
    follows = near is not None and near.kind in ("dimension", "either")
    ranked = behind is not None and (parts.is_rank(behind) or behind.name in ROWS_FOLLOW)
    ranked = ranked or (
        (after := parts.item(place + 1)) is not None
        and (parts.is_rank(after) or (after.kind == "role" and after.name in ROWS_FOLLOW))
    )
    if not (follows or ranked):
        parts.ask(
            f'"{item.text}" is a number without a clear meaning.',
            "top 10 products",
            "revenue last 6 months",
        )
    if not 1 <= item.number <= LARGEST_NUMBER:
        parts.ask(f"A list can have 1 to {LARGEST_NUMBER} rows, not {item.text}.")
    parts.number = item.number
