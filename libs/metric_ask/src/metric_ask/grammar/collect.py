"""What each item adds to the question: metrics, rows, values, periods, a number of rows.

The role of a noun follows from its place. Behind "which", "top 5" or "each" it names rows, behind
"most" or "how many" it is counted, behind "by" it names rows unless something is ranked by it.
"""

from __future__ import annotations

from typing import NoReturn

from metric_ask.grammar import doubts
from metric_ask.grammar.parts import NOTHING, Parts
from metric_ask.grammar.scan import ACTIONS, ORDERS, RANKS, Item, is_amount
from metric_ask.periods import in_year
from metric_ask.tokens import is_plural, plural

LARGEST_NUMBER = 1000
_PREPOSITIONS = frozenset({"in", "for", "from", "of", "to", "at", "on", "with"})
_NOUNS = ("dimension", "either")
_IMPLY_METRIC = ACTIONS | {"growth", "decline", "best", "share", "quality", "how_much_of"}
_SINGULAR = frozenset({"is", "was", "has", "which one"})
_PLURAL = frozenset({"are", "were", "have"})


def collect(parts: Parts) -> None:
    """Go through the items once and put each where it belongs."""
    parts.kinds = {item.kind for item in parts.items}
    parts.counted = {
        place
        for place, item in enumerate(parts.items)
        if item.kind in _NOUNS and _is_counted(parts, place)
    }
    pending = ""
    negated = False
    for place, item in enumerate(parts.items):
        if item.kind in {*ORDERS, "number"}:
            doubts.refuse_second_ranking(parts, place)
        if item.kind in {*RANKS, "number"}:
            doubts.refuse_growth_of_ranked(parts, place)
        if item.kind in ("by", "each", "ranked_by"):
            pending = item.kind
        elif item.kind == "only" and parts.at(place - 1).kind != "period":
            parts.ask("only", text=item.text)
        elif item.kind in ("subject", "without"):
            pending = ""  # "By which genre".
            negated = negated or item.kind == "without"
        elif item.kind == "metric":
            doubts.refuse_ratio(parts, place)
            doubts.refuse_of_some(parts, place)
            doubts.refuse_number_of_amount(parts, place)
            parts.add_metric(item.name)
            pending = pending if pending == "each" else ""
        elif item.kind in _NOUNS:
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
    if negated and not any(left_out for _, _, left_out in parts.values):
        parts.ask("nothing_left_out")
    doubts.refuse_two_questions(parts)
    _share_the_year(parts)


def _still_negated(parts: Parts, place: int, item: Item) -> bool:
    """Whether a value behind this item is left out as well."""
    left_out = [at for at, _, flag in parts.values if flag]
    if item.kind == "silent" and item.word in _PREPOSITIONS and place - 1 in left_out:
        return False
    if item.kind in ("value", "without", "and", "silent", "each"):
        return True
    if not any(at >= place - 3 for at in left_out):
        parts.ask("nothing_left_out")
    return False


def _share_the_year(parts: Parts) -> None:
    """In "March and April 2013" the year belongs to both."""
    dated = [found for _, found in parts.periods if not found.bare and found.span.unit != "day"]
    years = {found.span.start.year for found in dated if found.span.start}
    if len(years) == 1:
        [year] = years
        parts.periods = [
            (place, in_year(found, year) if found.bare else found) for place, found in parts.periods
        ]


# --- Nouns ---------------------------------------------------------------------------------------


def _add_noun(parts: Parts, place: int, item: Item, pending: str) -> str:
    """Add a noun where its role belongs; returns what the next noun still hangs on."""
    name = item.noun
    beside = (parts.at(place - 1), parts.at(place + 1))
    if not pending and any(near.kind == "value" and near.name == name for near in beside):
        return pending  # "Genre Poetry" is the value alone.
    is_age = beside[0].kind == "value" and any(map(str.isdigit, beside[0].text))
    if item.word in ("year", "years") and is_age:
        return pending
    doubts.refuse_compound(parts, place)
    role = _role_of(parts, place, item, pending)
    if role == "count":
        if item.kind == "dimension":
            parts.ask("count", text=item.text, title=parts.context.title(item.name))
        doubts.refuse_pieces_or_kinds(parts, place)
        parts.add_metric(item.name)
    elif role in ("by", "each"):
        target = parts.each if role == "each" else parts.by
        if name not in target:
            target.append(name)
        return pending
    elif role == "rows" and name not in parts.subjects:
        doubts.refuse_second_subject(parts, place)
        parts.subjects.append(name)
        parts.singular = _is_singular(parts, place)
    over = "over" in (parts.at(place - 1).word, parts.at(place - 2).word)
    if over and name in parts.context.view.grains:  # "Over the years".
        parts.kinds = parts.kinds - {"change"} | {"trend"}
    return ""


def _is_singular(parts: Parts, place: int) -> bool:
    """Whether one is asked for, by the verb behind the noun or else by the noun."""
    verb = parts.at(place + 1).word
    if verb in _SINGULAR | _PLURAL:
        return verb not in _PLURAL
    return not is_plural(parts.items[place].word)


def _role_of(parts: Parts, place: int, item: Item, pending: str) -> str:
    """Count, rows, by, each, or scope: a noun that only says what the figures are of."""
    counts = item.kind == "either"
    if place in parts.counted:
        return "count"
    if pending == "ranked_by" and counts:
        return "count"
    if pending == "by" and counts:
        return _behind_by(parts, item) or _refuse_two_roles(parts, item)
    if pending:
        return "each" if pending == "each" else "by"
    at = parts.skip(place, -1, "value", "silent", "and")
    before = parts.at(at)
    if counts and (before.kind == "share" or _is_in_list(parts, at, place)):
        return "count"
    ranked = before.kind in {*RANKS, "number"}
    if counts and _is_growth_of(parts, place) and not (ranked or parts.names_metric()):
        return "count"
    name = item.noun
    if not counts and name not in parts.context.words.entities:
        return "rows"
    named = parts.names_metric() or bool(parts.kinds & _IMPLY_METRIC)
    at = parts.skip(place, -1, "value", "silent", *ACTIONS)
    before = parts.at(at)
    if before.kind in {*ORDERS, "number", "subject"}:
        return "rows"
    if before.kind == "metric" and parts.at(at - 1).kind in {*RANKS, "number"}:
        return "rows"  # "Highest fee books".
    if not named:
        return "count" if counts else "rows"
    if before is not NOTHING:
        return "scope"
    # "Adult members" and a metric are of them; "members by loans" are the rows.
    described = parts.at(place - 1).kind == "value"
    by_metric = any((one.kind, other.kind) == ("by", "metric") for one, other in parts.pairs())
    ranks = by_metric or parts.kinds & ORDERS
    return "scope" if described and parts.names_metric() and not ranks else "rows"


def _behind_by(parts: Parts, item: Item) -> str:
    """In "revenue by customers" they are rows, in "top 5 countries by customers" they rank.

    Empty where both could be.
    """
    first = next(near for near in parts.items if near.kind in _NOUNS)
    several = is_plural(item.word)
    if parts.subjects and not parts.metrics and several:
        return "count"
    counts_first = parts.metrics == [first.name] and not parts.names_metric() and several
    if not counts_first and (parts.metrics or not parts.rows):
        return "by"
    return ""


def _refuse_two_roles(parts: Parts, item: Item) -> NoReturn:
    first = next(near for near in parts.items if near.kind in _NOUNS)
    title, counted = parts.context.title(item.other), parts.context.title(item.name)
    rows = plural(parts.context.title(first.noun))
    ranking = f"{rows} by {counted}"
    if counted == item.word:
        ranking = f"top 10 {rows} by number of {counted}"
    text = f"{first.text} by {item.text}"
    parts.ask("two_roles", ranking, text=text, nouns=rows, counted=counted, title=title)


def _is_counted(parts: Parts, place: int) -> bool:
    """Whether a noun stands behind "how many" or "most": passing over values and the like."""
    at = parts.skip(place, -1, "value", "silent", "and")
    before = parts.at(at)
    if is_amount(before):
        return True
    if before.kind != "how_many":
        return False
    # "How many novels did members read" counts novels.
    counted = parts.at(at + 1)
    entity_of = parts.context.entity_of
    other = counted.kind == "value" and entity_of(counted.name)
    item = parts.items[place]
    return not other or other == entity_of(item.noun)


def _is_in_list(parts: Parts, at: int, place: int) -> bool:
    """Whether the noun is one in a list of metrics."""
    around = (parts.at(place - 1).kind, parts.at(place + 1).kind)
    ahead = parts.skip(place, 1, "silent", "and")
    joins = parts.at(ahead).kind == "metric" and parts.joined(place, ahead)
    if around == ("metric", "metric") or (joins and parts.before(place) is NOTHING):
        return True
    before = parts.at(at)
    between = {item.kind for item in parts.items[at + 1 : place]}
    named = before.kind == "metric" or (before.kind == "either" and before.name in parts.metrics)
    return named and "value" not in between and parts.joined(at, place)


def _is_growth_of(parts: Parts, place: int) -> bool:
    """Whether the noun is what grows, as in "member growth" and "growth in members"."""
    before = parts.at(place - 1)
    if before.word in ("of", "in"):
        before = parts.at(place - 2)
    return any(
        near.is_role and near.word in doubts.GROWTH_NOUNS for near in (before, parts.at(place + 1))
    )


def _add_number(parts: Parts, place: int, item: Item) -> None:
    """A number is how many rows; one that is not before or after its like is refused."""
    if parts.number is not None:
        parts.ask("two_numbers", text=item.text)
    ahead = parts.skip(place, 1, "value", "metric", "silent", *ORDERS)
    around = {parts.at(place - 1).kind, parts.at(place + 1).kind}
    if parts.at(ahead).kind not in _NOUNS and not around & ORDERS:
        parts.ask("bare_number", text=item.text)
    if not 1 <= item.number <= LARGEST_NUMBER:
        parts.ask("too_many_rows", count=LARGEST_NUMBER, text=item.text)
    parts.number = item.number
