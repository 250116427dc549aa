"""List, share, change or trend; the order of the rows, and what they are by."""

from __future__ import annotations

from metric_ask.grammar.context import MANY_VALUES
from metric_ask.grammar.parts import QUALITIES, STEP_ROLES, Parts
from metric_ask.grammar.refusal import listed
from metric_ask.metrics import GRAINS
from metric_ask.request import Direction, Shape

SHORT_LIST = 10
EACH_LIST = 5


def shape_of(parts: Parts, roles: set[str]) -> tuple[Shape, Direction | None]:
    """What kind of answer it is, and for a change which way."""
    up, down = "growth" in roles, "decline" in roles
    against = roles & {"before", "year_before", *STEP_ROLES}
    compares_periods = "versus" in roles and (len(parts.spans) > 1 or versus_period(parts))
    direction: Direction | None = None
    if up or down:
        direction = "both" if up and down else "up" if up else "down"
    changes = up or down or "change" in roles or bool(against) or compares_periods
    if "trend" in roles:
        if "share" in roles or against:
            parts.ask("A trend, or a comparison? One at a time, please.", "revenue trend by month")
        return "trend", None
    if "share" in roles:
        if changes:
            parts.ask(
                "A share, or a change? One at a time, please.",
                "share of revenue by category",
                "revenue growth by category",
            )
        return "share", None
    if changes:
        return "change", direction
    several = any(
        not one[2] and not other[2] and one[1].name == other[1].name
        for at, one in enumerate(parts.values)
        for other in parts.values[at + 1 :]
    )
    if "versus" in roles and not (several or parts.subjects or parts.by or parts.each):
        parts.ask(
            "Compared with what?", "revenue {year} vs {before}", "revenue of bikes vs clothing"
        )
    return "list", None


def versus_period(parts: Parts) -> bool:
    """Whether a period stands directly behind "against"."""
    for place, item in enumerate(parts.items):
        if item.kind != "role" or item.name != "versus":
            continue
        place += 1
        while (near := parts.item(place)) is not None and parts.is_silent(near):
            place += 1
        if near is not None and near.kind == "period":
            return True
    return False


def ranking(parts: Parts, roles: set[str]) -> tuple[bool, bool]:
    """Whether the highest come first, and whether the rows are ranked at all."""
    rising = {name for name, (_, high_first) in QUALITIES.items() if high_first}
    falling = set(QUALITIES) - rising
    high = roles & {"descending", "best_seller", *rising}
    low = roles & {"ascending", "worst_seller", *falling}
    if roles & falling:
        high = set()
    if high and low and "best_seller" not in high:
        if low == {"ascending"} and high & rising:
            high = set()
        else:
            parts.ask(
                "The highest or the lowest? One at a time, please.",
                "top 5 countries by revenue",
                "bottom 5 countries by revenue",
            )
    return not low, bool(high or low or parts.number)


def dimensions_of(
    parts: Parts, roles: set[str], shape: Shape, ranked: bool
) -> tuple[tuple[str, ...], str | None]:
    """What the rows are by, and within which of them a list starts anew."""
    del roles
    names = list(dict.fromkeys((*parts.each, *parts.by, *parts.subjects)))
    if len(names) > 3:
        titles = [parts.context.view.dimensions[name].title for name in names]
        parts.ask(f"That is by {listed(titles)}: at most three at a time, please.")
    within = [name for name in (*parts.each, *parts.by) if name not in parts.subjects]
    starts_anew = ranked or bool(parts.number) or (shape == "share" and bool(parts.each))
    if parts.subjects and starts_anew and len(within) == 1 and parts.subjects != within:
        each = within[0]
        return (each, *(name for name in names if name != each)), each
    if shape == "share" and len(parts.each) == 1 and len(names) > 1:
        each = parts.each[0]
        return (each, *(name for name in names if name != each)), each
    ordered = [*parts.by, *parts.each, *parts.subjects]
    if not (ranked or parts.number):
        ordered.sort(key=lambda name: name not in GRAINS)
    return tuple(dict.fromkeys(ordered)), None


def limit_of(
    parts: Parts, dimensions: tuple[str, ...], each: str | None, ranked: bool
) -> int | None:
    """How many rows there are, at most; None for all."""
    if not dimensions:
        return None
    if parts.number:
        return parts.number
    if each:
        rank = any(parts.is_rank(item) or item.name == "best_seller" for item in parts.items)
        return 1 if parts.singular and rank else EACH_LIST
    if ranked and any(name in MANY_VALUES for name in dimensions):
        return SHORT_LIST
    return None
