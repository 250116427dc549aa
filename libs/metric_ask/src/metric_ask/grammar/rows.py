"""List, share, change or trend; what the rows are by, their order, and of which values."""

from __future__ import annotations

from itertools import pairwise

from metric_ask.grammar.parts import STEP_ROLES, Parts
from metric_ask.grammar.scan import RANKS, is_superlative
from metric_ask.request import Direction, Filter, Shape
from metric_ask.tokens import listed

SHORT_LIST = 10
EACH_LIST = 5


def shape_of(parts: Parts) -> tuple[Shape, Direction | None]:
    """What kind of answer it is, and for a change which way."""
    kinds = parts.kinds
    shares = [item.word for item in parts.items if item.kind == "share"]
    if kinds & {"growth", "decline", "change"} and all("percent" in word for word in shares):
        kinds.discard("share")  # "Growth in percent".
    against = kinds & {"before", "year_before", *STEP_ROLES}
    ways: tuple[tuple[str, Direction], ...] = (("growth", "up"), ("decline", "down"))
    found = [way for role, way in ways if role in kinds]
    changes = found or "change" in kinds or against or compares_periods(parts)
    if "trend" in kinds:
        if "share" in kinds or against:
            parts.ask("trend_or_change")
        return "trend", None
    if "share" in kinds:
        if changes:
            parts.ask("share_or_change")
        return "share", None
    if changes:
        return "change", "both" if found[1:] else found[0] if found else None
    names = [item.name for _, item, out in parts.values if not out]
    several = len(names) > len(set(names))
    if "versus" in kinds and not (several or parts.rows):
        parts.ask("compared_with_what")
    return "list", None


def compares_periods(parts: Parts) -> bool:
    """Whether "against" stands between two periods, or directly before one."""
    return "versus" in parts.kinds and (
        len(parts.periods) > 1
        or any(
            item.kind == "versus" and parts.after(place).kind == "period"
            for place, item in enumerate(parts.items)
        )
    )


def ranking(parts: Parts) -> tuple[bool, bool]:
    """Whether the highest come first, and whether the rows are ranked at all."""
    qualities = {item.values[1] for item in parts.items if item.kind == "quality"}
    high = bool(parts.kinds & {"descending", "best"} or "highest" in qualities)
    low = bool(parts.kinds & {"ascending", "worst"} or "lowest" in qualities)
    # "Most unprofitable" and "least profitable" are one direction.
    one_way = "lowest" in qualities or "best" in parts.kinds
    one_way = one_way or ("highest" in qualities and "worst" not in parts.kinds)
    if high and low and not one_way:
        parts.ask("highest_or_lowest")
    return not low, bool(high or low or parts.number)


def dimensions_of(parts: Parts, shape: Shape, ranked: bool) -> tuple[tuple[str, ...], str | None]:
    """What the rows are by, and within which of them a list starts again."""
    names = list(dict.fromkeys((*parts.each, *parts.by, *parts.subjects)))
    if len(names) > 3:
        titles = [parts.context.view.dimensions[name].title for name in names]
        parts.ask("too_many_dimensions", titles=listed(titles))
    within = [name for name in (*parts.each, *parts.by) if name not in parts.subjects]
    starts_again = ranked or bool(parts.number) or (shape == "share" and bool(parts.each))
    each = None
    if parts.subjects and starts_again and len(within) == 1:
        each = within[0]
    elif shape == "share" and len(parts.each) == 1 and len(names) > 1:
        each = parts.each[0]
    if each:
        return (each, *(name for name in names if name != each)), each
    ordered = [*parts.by, *parts.each, *parts.subjects]
    if not (ranked or parts.number):
        ordered.sort(key=lambda name: name not in parts.context.view.grains)
    return tuple(dict.fromkeys(ordered)), None


def limit_of(
    parts: Parts, dimensions: tuple[str, ...], each: str | None, ranked: bool
) -> int | None:
    """How many rows there are, at most; None for all."""
    if parts.number:
        return parts.number
    if parts.singular and parts.subjects and parts.has(is_superlative):
        return 1
    if each and ranked:
        return EACH_LIST
    return SHORT_LIST if ranked and any(map(parts.context.is_long, dimensions)) else None


def filters_of(parts: Parts) -> tuple[Filter, ...]:
    """The values by dimension; values that are compared become rows."""
    wanted: dict[tuple[str, bool], list[str]] = {}
    for _, item, excluded in parts.values:
        known = wanted.setdefault((item.name, excluded), [])
        known += [value for value in item.values if value not in known]
    for (name, excluded), values in wanted.items():
        if not excluded and set(values) & set(wanted.get((name, True), ())):
            parts.ask("meant_and_left_out", values=listed(values))
    if "versus" in parts.kinds and not compares_periods(parts) and len(parts.periods) < 2:
        several = [name for (name, out), values in wanted.items() if not out and values[1:]]
        if len(several) == 1 and several[0] not in parts.rows:
            parts.by.append(several[0])
    return tuple(
        Filter(name, tuple(values), excluded) for (name, excluded), values in wanted.items()
    )


def check_filters(parts: Parts, filters: tuple[Filter, ...], dimensions: tuple[str, ...]) -> None:
    """Refuse values that cannot hold together, or could be meant in two ways."""
    ranked = parts.kinds & {*RANKS, "ranked_by"}
    pinned = [each for each in filters if each.dimension in dimensions and not each.excluded]
    if ranked and any(not each.values[1:] for each in pinned):
        title = parts.context.title(pinned[0].dimension)
        parts.ask("alone_or_place", value=pinned[0].values[0], title=title)
    for name, entity in parts.context.words.entities.items():
        of_it = (name, *entity.dimensions)
        wanted = [each for each in filters if each.dimension in of_it and not each.excluded]
        if not wanted:
            continue
        texts = _listed_values(parts, of_it)
        if entity.several and len({each.dimension for each in wanted}) > 1 and texts:
            metric = parts.context.title(parts.metrics[0])
            asked = (f"{metric} of {text}" for text in texts)
            parts.ask("different_kinds", *asked, values=listed(texts))
        if not parts.context.exists(wanted):
            names = [" or ".join(each.values) for each in wanted]
            parts.ask("not_together", title=parts.context.title(name), values=listed(names))
        if entity.several and texts:
            _refuse_all_of_them(parts, wanted, dimensions, texts)


def _refuse_all_of_them(
    parts: Parts, wanted: list[Filter], dimensions: tuple[str, ...], texts: list[str]
) -> None:
    """In "members with novels and atlases", one of them may be enough, or both be needed."""
    several = any(len(each.values) > 1 and each.dimension not in dimensions for each in wanted)
    both = any(item.kind == "and" and item.word != "or" for item in parts.items)
    counted = {*parts.context.words.part_of, *parts.context.words.part_of.values()}
    counts = [name for name in parts.metrics if name in counted]
    if several and both and counts:
        title = parts.context.view.measures[counts[0]].title
        parts.ask("all_of_them", title=title, measure=title.lower(), values=listed(texts, "or"))


def _listed_values(parts: Parts, dimensions: tuple[str, ...]) -> list[str]:
    """Values of an entity that stand in one list, joined by "and", "or" or a comma."""
    places = [(at, item) for at, item, out in parts.values if item.name in dimensions and not out]
    texts: list[str] = []
    for (first, one), (second, other) in pairwise(places):
        if parts.joined(first, second):
            texts += [one.text, other.text]
    return list(dict.fromkeys(texts))


def numerator(
    parts: Parts, dimensions: tuple[str, ...], filters: tuple[Filter, ...]
) -> tuple[tuple[str, ...], tuple[Filter, ...], tuple[str, ...]]:
    """In "what share comes from novels", novels are part of a whole, not a limit to it."""
    context = parts.context
    metric = context.view.measures[parts.metrics[0]]
    sharable = context.words.shares
    if metric.name not in sharable if sharable else not metric.starts_at_zero:
        parts.ask("no_parts", title=metric.title)
    named = _parts_named(parts)
    if dimensions:
        if named:
            title = context.title(dimensions[0])
            parts.ask("share_of_another", part=context.title(min(named)), title=title)
        return dimensions, filters, ()
    wanted = [each for each in filters if not each.excluded]
    if len(wanted) > 1:
        wanted = [each for each in wanted if each.dimension in named]
    if len(wanted) != 1:
        names = [" or ".join(each.values) for each in filters]
        if not names:
            parts.ask("share_of_what")
        asked = (f"what share of {{metric}} comes from {name}" for name in names[:2])
        parts.ask("share_of_which", *asked, values=listed(names, "or"))
    part = wanted[0]
    return (part.dimension,), tuple(each for each in filters if each is not part), part.values


def _parts_named(parts: Parts) -> set[str]:
    """Dimensions of values that follow "come from" or "share of" directly."""
    found: set[str] = set()
    for place, item, _ in parts.values:
        text = " ".join(each.word for each in parts.items[max(0, place - 3) : place])
        if text.endswith((" from", "share of", "percentage of", "proportion of")):
            found.add(item.name)
    return found
