"""What is known and has no answer, or could be meant in two ways: refused, with what to ask."""

from __future__ import annotations

from itertools import pairwise

from metric_ask.grammar.items import Item
from metric_ask.grammar.parts import Parts
from metric_ask.grammar.refusal import EXAMPLES, listed
from metric_ask.periods import describe_day

GROWTH_NOUNS = frozenset(
    {"growth", "growth rate", "increase", "decline", "decrease", "drop", "rate of growth"}
)
# Figures that count a part of the customers or orders.
_SOME = frozenset({"new_customers", "late_orders"})
_PER = frozenset({"per", "for every", "divided by"})

# Words that are known and lead to no answer: why not, and what to ask instead.
_REFUSALS = {
    "refused": ('"{text}" is not in the data.', EXAMPLES),
    "threshold": (
        '"{text}": figures are ranked or compared here, not chosen by their size.',
        ("top 10 customers by orders", "revenue {year} vs {before}"),
    ),
    "no_period": (
        '"{text}" is no period that is known here. Periods end with the last order date, {last}.',
        ("revenue this month", "revenue last 7 days", "revenue in March {year}"),
    ),
    "loss": (
        '"{text}" could be a profit below zero, or revenue that went down.',
        ("bottom 10 products by gross profit", "products with declining revenue"),
    ),
}


def refuse_phrases(parts: Parts) -> None:
    """Refuse what is known not to be in the data, or not to be answered."""
    last = describe_day(parts.context.calendar.last)
    for item in parts.items:
        if item.kind == "role" and item.name in _REFUSALS:
            reason, suggestions = _REFUSALS[item.name]
            parts.ask(reason.format(text=item.text, last=last), *suggestions)


def refuse_second_ranking(parts: Parts, place: int) -> None:
    """A ranking that begins after "and" when the rows are named already."""
    before = parts.item(place - 1)
    named = (*parts.by, *parts.subjects, *parts.each)
    if named and before is not None and (before.kind, before.name) == ("role", "and"):
        title = parts.context.view.dimensions[named[0]].title.lower()
        parts.ask(
            "That could be two questions. One at a time, please.",
            f"top 5 products in each {title}",
            f"revenue by {title}",
        )


def refuse_ratio(parts: Parts, place: int, item: Item) -> None:
    """One figure by another is no figure, unless the metric view has it under a name."""
    before = place - 1
    while (near := parts.item(before)) is not None and parts.is_silent(near):
        before -= 1
    ratio = near is not None and near.name == "by" and near.text.lower() in _PER
    words = item.text.lower().split()
    average = words[0] in ("average", "mean") and words[-1] == "orders"
    if ratio or average:
        text = f"{near.text} {item.text}" if ratio and near else item.text
        parts.ask(
            f'"{text}": no such average is known here.', "average order value", "average price"
        )


def refuse_of_some(parts: Parts, place: int, item: Item) -> None:
    """The revenue of new customers alone is no figure, though both are figures."""
    between, figure = parts.item(place - 1), parts.item(place - 2)
    if item.name not in _SOME or between is None or figure is None:
        return
    if parts.is_silent(between) and figure.kind in ("metric", "either"):
        parts.ask(
            f'"{figure.text} {between.text} {item.text}": a figure of those alone is not known.',
            f"{parts.context.view.measures[item.name].title.lower()} by month",
            "revenue by month",
        )


def refuse_growth_of_ranked(parts: Parts, place: int) -> None:
    """In "growth of the top 5 products" they could be the first by the figure or by its growth."""
    before = place - 1
    while (near := parts.item(before)) is not None and parts.is_silent(near):
        before -= 1
    of = any(parts.items[at].text.lower().startswith("of") for at in range(before + 1, place))
    if of and near is not None and near.text.lower() in GROWTH_NOUNS:
        parts.ask(
            "The first by the figure, or by its growth?",
            "top 5 products by revenue",
            "top 5 growing products",
        )


def refuse_two_questions(parts: Parts) -> None:
    """Two figures, each with values or a period of its own behind it."""
    kinds = [
        "limit" if item.kind in ("value", "period") else item.name
        for item in parts.items
        if item.kind in ("value", "period", "metric")
    ]
    figures = [place for place, kind in enumerate(kinds) if kind != "limit"]
    limited = [kinds[one] for one, other in pairwise([*figures, len(kinds)]) if other > one + 1]
    if len(set(limited)) > 1:
        titles = [parts.context.view.measures[name].title for name in dict.fromkeys(limited)]
        parts.ask(
            f"{listed(titles)} with filters or periods of their own are two questions.",
            *(f"{title.lower()} by country" for title in titles),
        )
