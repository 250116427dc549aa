"""Which figures are meant, where the words do not name them."""

from __future__ import annotations

from itertools import pairwise
from typing import NoReturn

from metric_ask.grammar.collect import add_metric
from metric_ask.grammar.context import ABOUT_PRODUCTS
from metric_ask.grammar.items import Item
from metric_ask.grammar.parts import QUALITIES, Parts
from metric_ask.grammar.refusal import EXAMPLES, either, listed
from metric_ask.request import Shape

# "Most bikes" is how many, "best bikes" is which.
_AMOUNTS = frozenset({"most", "least", "fewest"})
_LOSE = frozenset(
    {"lose", "losing", "lost", "loss", "gain", "gained", "gaining", "drop", "dropped"}
)


def settle_special(parts: Parts, roles: set[str]) -> None:
    """Words that are a metric and more: best sellers, profitable, buy the most."""
    asks_who = any(item.text.lower() in ("who", "whom") for item in parts.items)
    if asks_who and not (parts.subjects or parts.by or parts.each):
        parts.subjects.append("customer")
    for quality in roles & set(QUALITIES):
        add_metric(parts, QUALITIES[quality][0])
    if not (parts.subjects or parts.by or parts.each):
        sellers = roles & {"best_seller", "worst_seller"}
        if sellers or _names_ranked_products(parts):
            parts.subjects.append("product")
        elif _asks_which_people(parts):
            parts.subjects.append("customer")
    if "how_many" in roles and not parts.metrics:
        _count_values(parts)
    if "how_much_of" in roles and not parts.metrics:
        parts.metrics += ["revenue", "quantity"]
    for one, other in pairwise(parts.items):
        before = one.name in ("before", "year_before") and "before" in one.text.lower()
        if before and other.kind == "period" and "versus" not in roles:
            parts.ask(
                f'"{one.text} {other.text}" could be a period or a comparison.',
                "revenue before {year}",
                "revenue {year} vs previous year",
            )
    both = [at for at, item in enumerate(parts.items) if item.name in ("orders", "late_orders")]
    if {"orders", "late_orders"} <= set(parts.metrics) and not parts.joined(both[0], both[-1]):
        parts.metrics.remove("orders")


def _asks_which_people(parts: Parts) -> bool:
    """Whether people are the rows: "which women spend most"."""
    return any(
        (one.kind, one.name) == ("role", "subject")
        and other.kind == "value"
        and other.name in ("gender", "marital_status")
        for one, other in pairwise(parts.items)
    )


def _names_ranked_products(parts: Parts) -> bool:
    """Whether products are the rows without being named: "cheapest helmets", "top 5 bikes"."""
    for place, item in enumerate(parts.items):
        following = parts.item(place + 1)
        if following is None or following.kind != "value" or following.name not in ABOUT_PRODUCTS:
            continue
        ranks = item.kind == "number" or parts.orders(item)
        if ranks and item.text.lower().split()[-1] not in _AMOUNTS:
            return item.name not in ("growth", "decline")
    return False


def _count_values(parts: Parts) -> None:
    """How many women are customers, how many helmets are pieces."""
    for place, item in enumerate(parts.items):
        following = parts.item(place + 1)
        if item.name != "how_many" or following is None or following.kind != "value":
            continue
        if following.name in ("gender", "marital_status", "age_group"):
            parts.metrics.append("customers")
        elif following.name in ("product", "subcategory", "category"):
            parts.metrics.append("quantity")
            parts.remarks.append(f'"How many {following.text}" is the number of pieces sold.')


def settle_metrics(parts: Parts, roles: set[str], shape: Shape, ranked: bool) -> None:
    """Find the figure where none is named, and refuse where it cannot be known."""
    if not parts.metrics:
        most = roles & {"descending", "ascending"}
        if _counts_pieces(parts, roles):
            parts.metrics.append("quantity")
            parts.remarks.append("No metric was named: the number of pieces sold.")
        elif "buy" in roles and most and any(not flag for _, _, flag in parts.values):
            parts.metrics.append("quantity")
            parts.remarks.append("No metric was named: the number of pieces bought.")
        elif "buy" in roles and most:
            parts.ask(
                "Most of what: revenue, orders or pieces?",
                *(f"{_example_dimension(parts)} by {name}" for name in ("revenue", "orders")),
            )
        elif ranked or shape != "list" or roles & {"sell", "best_seller", "worst_seller"}:
            parts.metrics.append("revenue")
            parts.remarks.append("No metric was named: revenue.")
        else:
            _ask_for_metric(parts)
    if shape != "list" and len(parts.metrics) > 1:
        names = [parts.context.view.measures[name].title for name in parts.metrics]
        parts.ask(f"One metric at a time, please: {either(names)}?", *names)
    lost = [item.text for place, item in enumerate(parts.items) if _loses(parts, place, item)]
    unnamed = not any(item.kind == "metric" for item in parts.items)
    whom = unnamed and "customer" in (*parts.subjects, *parts.by)
    if lost and (whom or parts.metrics[0] in ("customers", "new_customers", "orders")):
        parts.ask(
            f'Whom or what we "{lost[0]}" cannot be told from sales alone.',
            "new customers by month",
            "customers with declining revenue",
        )


def _counts_pieces(parts: Parts, roles: set[str]) -> bool:
    """Whether pieces are counted: "sells the most helmets", "how many did we sell"."""
    if not roles & {"sell", "buy", "best_seller", "worst_seller"}:
        return False
    for place, item in enumerate(parts.items):
        following = parts.item(place + 1)
        if item.kind != "role" or following is None:
            continue
        if item.name == "how_many" and following.kind == "role" and following.name != "by":
            return True
        most = item.text.lower().split()[-1] in _AMOUNTS
        if most and following.kind == "value" and following.name in ABOUT_PRODUCTS:
            return True
    return False


def _loses(parts: Parts, place: int, item: Item) -> bool:
    """Whether somebody is lost or gained, rather than a figure that drops or grows."""
    word = item.text.lower()
    if item.kind != "role" or word not in _LOSE:
        return False
    following = parts.item(place + 1)
    of_a_figure = word in ("drop", "gain") and following is not None and following.text == "in"
    won = word.startswith("gain") and parts.metrics == ["new_customers"]
    return not (of_a_figure or won)


def _example_dimension(parts: Parts) -> str:
    names = parts.subjects or parts.by or ["customer"]
    return parts.context.view.dimensions[names[0]].title.lower()


def _ask_for_metric(parts: Parts) -> NoReturn:
    about = [item.text for _, item, _ in parts.values] or [
        parts.context.view.dimensions[name].title.lower()
        for name in (*parts.subjects, *parts.by, *parts.each)
    ]
    if about:
        parts.ask(
            f"Which figure of {listed(about)}?",
            f"revenue of {about[0]}" if parts.values else f"revenue by {about[0]}",
            f"orders of {about[0]}" if parts.values else f"orders by {about[0]}",
        )
    parts.ask("No figure is named that is known here.", *EXAMPLES)
