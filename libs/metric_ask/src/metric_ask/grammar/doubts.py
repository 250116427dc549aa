"""What is known and has no answer, or could be meant in two ways: refused, with what to ask."""

from __future__ import annotations

from itertools import pairwise
from typing import NoReturn

from metric_ask.grammar.parts import Parts
from metric_ask.grammar.scan import ACTIONS, ORDERS, RANKS
from metric_ask.spans import describe_day
from metric_ask.tokens import listed, plural

GROWTH_NOUNS = frozenset(
    {"growth", "growth rate", "increase", "decline", "decrease", "drop", "rate of growth"}
)
_FILTERS = frozenset({"value", "period"})
_PER = frozenset({"per", "for every", "divided by"})
_YEARLY = frozenset({"year over year", "yoy", "year on year", "y o y"})
"""Words for steps from year to year, which need no period."""


def refuse_known(parts: Parts) -> None:
    """Refuse what is known not to be in the data, or not to be answered."""
    last = describe_day(parts.context.calendar.last)
    for item in parts.items:
        if item.kind == "refused":
            refused = parts.context.words.refused[int(item.values[0])]
            parts.ask(refused, text=item.text, last=last)


def refuse_half_said(parts: Parts) -> None:
    """Refuse one filter or another, a range from late to early, and a comparison with nothing."""
    kinds = [item.kind for item in parts.items]
    changes = {"change", "growth", "decline"} & {*kinds}
    compares = changes or kinds.count("versus") > 1
    stands_alone = not changes and not {"period", "versus", "trend"} & {*kinds}
    for place, item in enumerate(parts.items):
        one, other = parts.before(place), parts.after(place)
        different = (one.kind, one.name) != (other.kind, other.name)
        if item.word == "or" and different and {one.kind, other.kind} <= _FILTERS:
            parts.ask("either", one=one.text, other=other.text)
        one, joint, other = (parts.at(place + step) for step in (1, 2, 3))
        is_range = (one.kind, joint.kind, other.kind) == ("period", "and", "period")
        if item.word == "between" and is_range and not compares:
            parts.ask("from_late_to_early", one=one.text, other=other.text)
        both = parts.at(place - 2).word == "with" and parts.at(place - 1).kind == "and"
        if item.kind == "without" and both:
            parts.ask("with_and_without", text=parts.after(place).text)
        before = item.kind in ("before", "year_before") and "before" in item.word
        if before and one.kind == "period" and "versus" not in kinds:
            parts.ask("period_or_comparison", text=f"{item.text} {one.text}")
        if item.kind == "year_before" and item.word not in _YEARLY and stands_alone:
            parts.ask("compared_with_what")


def refuse_second_ranking(parts: Parts, place: int) -> None:
    """A ranking that begins after "and" when the rows are named already."""
    named = (*parts.by, *parts.subjects, *parts.each)
    if named and parts.at(place - 1).kind == "and":
        parts.ask("second_ranking", title=parts.context.title(named[0]))


def refuse_ratio(parts: Parts, place: int) -> None:
    """One metric by another is no figure, unless the metric view has it under a name."""
    item, near = parts.at(place), parts.before(place)
    first, _, rest = item.word.partition(" ")
    names = {parts.context.title(name) for name in parts.context.view.measures}
    ratio = near.kind == "by" and near.word in _PER
    if ratio or (first in ("average", "mean") and rest in names):
        refuse_average(parts, f"{near.text} {item.text}" if ratio else item.text)


def refuse_average(parts: Parts, text: str) -> NoReturn:
    """Refuse an average that the metric view does not define, and name those it does."""
    known = [name for name in parts.context.view.measures if name.startswith("average_")]
    parts.ask("no_average", *map(parts.context.title, known), text=text)


def refuse_number_of_amount(parts: Parts, place: int) -> None:
    """In "how many sales" an amount is counted: what is counted could be several things."""
    measures, words = parts.context.view.measures, parts.context.words
    item, before = parts.at(place), parts.before(place)
    if before.kind != "how_many" or not measures[item.name].places:
        return
    nouns = {
        meaning.name
        for each in parts.context.vocabulary.phrases.values()
        if {"metric", "dimension"} <= {one.kind for one in each}
        for meaning in each
    }
    counts = [
        each.title.lower()
        for each in measures.values()
        if each.places == 0
        and each.name not in words.part_of
        and not (each.is_count and each.name in nouns)
    ]
    text = f"{before.text} {item.text}"
    parts.ask("number_of_amount", *counts, text=text, names=listed(counts, "or"))


def refuse_compound(parts: Parts, place: int) -> None:
    """Directly behind a figure or a noun, another name of a dimension may be half a word."""
    item, before = parts.at(place), parts.at(place - 1)
    name = item.noun
    if item.comma or before.kind not in ("metric", "dimension", "either") or item.kind == "either":
        return
    title = parts.context.title(name)
    is_own = item.word in (title, plural(title), name) or name in parts.context.view.grains
    if is_own or (place > 1 and parts.before(place - 1).kind in RANKS):
        return
    other = (
        f"{before.word} by {title}" if before.kind == "metric" else f"{{metric}} by {before.word}"
    )
    parts.ask("compound", f"{{metric}} by {title}", other, text=f"{before.text} {item.text}")


def refuse_pieces_or_kinds(parts: Parts, place: int) -> None:
    """In "how many products did we sell" pieces may be meant, or how many different ones."""
    item, context = parts.at(place), parts.context
    entity = context.entity(item.other)
    if (
        parts.kinds & ACTIONS
        and entity
        and entity.counted_note
        and entity.counted_as not in ("", item.name)
    ):
        names = [context.title(each) for each in (entity.counted_as, item.name)]
        parts.ask("pieces_or_kinds", *names, text=item.text, names=listed(names, "or"))


def refuse_second_subject(parts: Parts, place: int) -> None:
    """Two nouns that could both be what is ranked."""
    before = [
        at
        for at, item in enumerate(parts.items[:place])
        if parts.subjects and item.noun == parts.subjects[-1]
    ]
    ranked = parts.number or parts.kinds & ORDERS
    if before and ranked and not parts.joined(before[-1], place):
        names = (parts.subjects[-1], parts.at(place).noun)
        one, other = (plural(parts.context.title(name)) for name in names)
        parts.ask("second_subject", one_noun=one, other_noun=other)


def refuse_of_some(parts: Parts, place: int) -> None:
    """The loans of new members alone are no figure, though both are metrics."""
    item, between, figure = parts.at(place), parts.at(place - 1), parts.at(place - 2)
    if item.name not in parts.context.words.part_of or figure.kind not in ("metric", "either"):
        return
    if between.kind == "silent":
        text = f"{figure.text} {between.text} {item.text}"
        parts.ask("figure_of_some", text=text, title=parts.context.title(item.name))


def refuse_value_alone(parts: Parts, place: int) -> None:
    """A word that means a value only beside certain names."""
    item, context = parts.at(place), parts.context
    names = context.words.only_beside.get(item.word)
    near = [parts.at(at) for at in (place - 2, place - 1, place + 1, place + 2)]
    if names is None or any(each.name in names or each.kind == "versus" for each in near):
        return
    rows = context.entity_of(item.name)
    of_rows = f" {plural(context.title(rows))}" if rows else ""
    parts.ask("value_alone", text=item.word, title=context.title(item.name), of_rows=of_rows)


def refuse_growth_of_ranked(parts: Parts, place: int) -> None:
    """In "growth of the top 5 books" they could be the first by the metric or by its growth."""
    at = parts.skip(place, -1, "silent")
    of = any(parts.at(each).word.startswith("of") for each in range(at + 1, place))
    if of and parts.at(at).word in GROWTH_NOUNS:
        parts.ask("growth_of_ranked")


def refuse_two_questions(parts: Parts) -> None:
    """Two metrics, each with values or a period of its own behind it."""
    kinds = [
        "limit" if item.kind in ("value", "period") else item.name
        for item in parts.items
        if item.kind in ("value", "period", "metric")
    ]
    metrics = [place for place, kind in enumerate(kinds) if kind != "limit"]
    limited = [kinds[one] for one, other in pairwise([*metrics, len(kinds)]) if other > one + 1]
    if len(set(limited)) > 1:
        titles = [parts.context.view.measures[name].title for name in dict.fromkeys(limited)]
        asked = (f"{title.lower()} by {{group}}" for title in titles)
        parts.ask("two_questions", *asked, titles=listed(titles))
