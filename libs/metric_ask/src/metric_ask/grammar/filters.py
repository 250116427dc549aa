"""Values as filters, as rows that are compared, or as the part of a share."""

from __future__ import annotations

from itertools import pairwise

from metric_ask.grammar.context import ABOUT_PRODUCTS
from metric_ask.grammar.parts import Parts
from metric_ask.grammar.refusal import either, listed
from metric_ask.grammar.shapes import versus_period
from metric_ask.request import Filter

_PEOPLE_COUNTS = ("customers", "orders", "new_customers", "late_orders", "returning_share")
_SHARABLE = ("revenue", "quantity", "gross_profit", "orders", "customers", "new_customers")


def filters_of(parts: Parts, roles: set[str]) -> tuple[Filter, ...]:
    """The values by dimension; values that are compared become rows."""
    wanted: dict[tuple[str, bool], list[str]] = {}
    for _, item, excluded in parts.values:
        known = wanted.setdefault((item.name, excluded), [])
        known += [value for value in item.values if value not in known]
    for (name, excluded), values in wanted.items():
        if not excluded and set(values) & set(wanted.get((name, True), ())):
            parts.ask(f"{listed(values)} cannot be both meant and left out.")
    if "versus" in roles:
        several = [name for (name, out), values in wanted.items() if not out and values[1:]]
        named = several and several[0] in (*parts.by, *parts.each, *parts.subjects)
        periods_compared = len(parts.spans) > 1 or versus_period(parts)
        if len(several) == 1 and not named and not periods_compared:
            parts.by.append(several[0])
    return tuple(
        Filter(name, tuple(values), excluded) for (name, excluded), values in wanted.items()
    )


def check_filters(parts: Parts, filters: tuple[Filter, ...], dimensions: tuple[str, ...]) -> None:
    """Refuse values that cannot hold together, or could be meant in two ways."""
    about = [each for each in filters if each.dimension in ABOUT_PRODUCTS]
    wanted = [each for each in about if not each.excluded]
    together = _product_values_listed(parts)
    if len({each.dimension for each in wanted}) > 1 and together:
        parts.ask(
            f"{listed(together)} are of different kinds; together they could be either or both.",
            *(f"{parts.metrics[0].replace('_', ' ')} of {text}" for text in together),
        )
    if wanted and not parts.context.has_product(wanted):
        names = [" or ".join(each.values) for each in wanted]
        parts.ask(f"No product is {listed(names)} at the same time.")
    several = [each for each in wanted if len(each.values) > 1 and each.dimension not in dimensions]
    asks_both = any(
        item.kind == "role" and item.name == "and" and item.text.lower() != "or"
        for item in parts.items
    )
    counts = [name for name in parts.metrics if name in _PEOPLE_COUNTS]
    if several and together and asks_both and counts:
        name = parts.context.view.measures[counts[0]].title.lower()
        parts.ask(
            f"{parts.context.view.measures[counts[0]].title} with {either(together)}, or with "
            "all of them? Only the first can be answered.",
            f"{name} of {' or '.join(together)}",
        )


def _product_values_listed(parts: Parts) -> list[str]:
    """Values about products that stand in one list, joined by "and", "or" or a comma."""
    places = [
        (at, item) for at, item, out in parts.values if item.name in ABOUT_PRODUCTS and not out
    ]
    texts: list[str] = []
    for (first, one), (second, other) in pairwise(places):
        if parts.joined(first, second):
            texts += [one.text, other.text]
    return list(dict.fromkeys(texts))


def numerator(
    parts: Parts, dimensions: tuple[str, ...], filters: tuple[Filter, ...]
) -> tuple[tuple[str, ...], tuple[Filter, ...], tuple[str, ...]]:
    """In "what share comes from bikes", bikes are part of a whole, not a limit to it."""
    if parts.metrics[0] not in _SHARABLE:
        title = parts.context.view.measures[parts.metrics[0]].title
        parts.ask(f"{title} has no parts that could be a share.", "share of revenue by category")
    if dimensions:
        if shared := sorted(_parts_named(parts)):
            title = parts.context.view.dimensions[shared[0]].title.lower()
            within = parts.context.view.dimensions[dimensions[0]].title.lower()
            parts.ask(
                "A share of one thing by another is answered for all parts at once.",
                f"share of revenue by {title} within each {within}",
            )
        return dimensions, filters, ()
    wanted = [each for each in filters if not each.excluded]
    if len(wanted) > 1:
        named = _parts_named(parts)
        wanted = [each for each in wanted if each.dimension in named]
    if len(wanted) != 1:
        names = [" or ".join(each.values) for each in filters]
        parts.ask(
            f"The share of which: {either(names)}?" if names else "The share of what?",
            *(f"what share of revenue comes from {name}" for name in names[:2]),
            "share of revenue by category",
        )
    part = wanted[0]
    rest = tuple(each for each in filters if each is not part)
    return (part.dimension,), rest, part.values


def _parts_named(parts: Parts) -> set[str]:
    """Dimensions of values that follow "come from" or "share of" directly."""
    found: set[str] = set()
    for place, item, _ in parts.values:
        before = parts.items[max(0, place - 3) : place]
        text = " ".join(each.text.lower() for each in before)
        if text.endswith((" from", "share of", "percentage of", "proportion of")):
            found.add(item.name)
    return found
