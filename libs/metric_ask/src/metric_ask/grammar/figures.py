"""Which metrics are meant, where the words do not name them."""

from __future__ import annotations

from typing import NoReturn

from metric_ask.grammar.doubts import refuse_average
from metric_ask.grammar.parts import Parts
from metric_ask.grammar.scan import ACTIONS, ORDERS, RANKS, is_amount
from metric_ask.request import Shape
from metric_ask.tokens import is_plural, listed, plural

_PASSIVE = frozenset({"were", "was", "are", "is", "been", "did", "do", "does", "have", "has"})
_LOSE = frozenset(
    {"lose", "losing", "lost", "loss", "gain", "gained", "gaining", "drop", "dropped"}
)


def settle_rows_and_counts(parts: Parts) -> None:
    """Words that are rows or metrics and more: who, best, cheapest, how many."""
    context = parts.context
    for place, item in enumerate(parts.items):
        relative = parts.before(place).kind in ("dimension", "either", "value", "metric")
        if context.people and not (parts.rows or relative) and item.word in ("who", "whom"):
            parts.subjects.append(context.people)
            parts.singular = parts.at(place + 1).word not in ("are", "were")
    for item in parts.items:
        if item.kind == "quality":
            parts.add_metric(item.values[0])
    if not parts.rows and (rows := _rows_of_values(parts)):
        parts.subjects.append(rows)
    if "how_many" in parts.kinds and not (parts.metrics or parts.subjects or parts.by):
        _count_people(parts)
    if "how_many" in parts.kinds and not parts.metrics:
        _count_values(parts)
    if "how_much_of" in parts.kinds and not parts.metrics:
        parts.metrics += dict.fromkeys((context.default_metric, context.piece_metric))
    for part, whole in context.words.part_of.items():
        both = [at for at, item in enumerate(parts.items) if item.name in (part, whole)]
        if {part, whole} <= set(parts.metrics) and not parts.joined(both[0], both[-1]):
            parts.metrics.remove(whole)  # "How many loans were late".


def _rows_of_values(parts: Parts) -> str:
    """The entity that is listed without being named: "cheapest novels", "top 5 novels"."""
    context = parts.context
    sells = "action" in parts.kinds and parts.kinds & RANKS and not parts.metrics
    if sells or parts.kinds & {"best", "worst"}:
        parts.singular = any(item.word.endswith("seller") for item in parts.items)
        return context.main_entity  # "What sells best".
    for item, following, entity in parts.before_values():
        if item.kind in ("growth", "decline"):
            continue
        ranks = item.kind in {*ORDERS, "number"}
        if entity.several and ranks and not is_amount(item):
            parts.singular = not is_plural(following.word)
            return context.entity_of(following.name)
        if entity.people and item.kind == "subject" and item.word != "whose":
            return context.entity_of(following.name)  # "Which women read most".
    return ""


def _count_people(parts: Parts) -> None:
    """In "how many in Canada bought novels" people are counted, in "how many were bought" not."""
    context = parts.context
    first = next(at for at, item in enumerate(parts.items) if item.kind == "how_many")
    at = parts.skip(first, 1, "value", "period", "silent")
    passed = parts.items[first + 1 : at]
    values = [item.name for item in passed if item.kind == "value"]
    of_people = all(context.entity_of(name) == context.people for name in values)
    passive = any(item.word in _PASSIVE for item in passed)
    if parts.at(at).kind == "people_action" and context.people and of_people and not passive:
        parts.add_metric(context.words.entities[context.people].counted_as)


def _count_values(parts: Parts) -> None:
    """How many women are members, how many novels are copies."""
    for item, following, entity in parts.before_values():
        if item.kind == "how_many" and entity.counted_as:
            parts.metrics.append(entity.counted_as)
            if note := entity.counted_note:
                parts.remarks.append(f'"How many {following.text}" is {note}.')


def settle_metrics(parts: Parts, shape: Shape, ranked: bool) -> None:
    """Find the metric where none is named, and refuse where it cannot be known."""
    if not parts.metrics:
        parts.metrics.append(_unnamed_metric(parts, shape, ranked))
    measures = [parts.context.view.measures[name] for name in parts.metrics]
    titles = [each.title for each in measures]
    if shape != "list" and len(measures) > 1:
        parts.ask("several_metrics", *titles, titles=listed(titles, "or"))
    if "average" in parts.kinds and any(each.starts_at_zero or each.is_share for each in measures):
        refuse_average(parts, f"average {titles[0].lower()}")
    lost = [item.text for place, item in enumerate(parts.items) if _loses(parts, place)]
    whom = not parts.names_metric() and parts.context.people in (*parts.subjects, *parts.by)
    if lost and (whom or measures[0].is_count):
        parts.ask("lost", text=lost[0])


def _unnamed_metric(parts: Parts, shape: Shape, ranked: bool) -> str:
    context, kinds = parts.context, parts.kinds
    metric, pieces = context.default_metric, context.piece_metric
    most = bool(kinds & ACTIONS) and parts.has(is_amount)
    if _counts_pieces(parts) or (most and _sells_values(parts)):
        metric = pieces
    elif most and pieces != metric:
        rows = plural(context.title((parts.rows or [context.people])[0]))
        names = [context.title(name) for name in (metric, pieces)]
        asked = (f"top 10 {rows} by {name}" for name in names)
        parts.ask("most_of_what", *asked, names=listed(names, "or"))
    else:
        lists = any(item.word == "what" for item in parts.items) and not ranked
        if lists or not (ranked or shape != "list" or kinds & {"action", "best", "worst"}):
            _ask_for_metric(parts)
    parts.remarks.append(f"No metric was named: {context.title(metric)}.")
    return metric


def _sells_values(parts: Parts) -> bool:
    """Whether values are sold, and the rows are not of them: "novels are lent most by whom"."""
    context = parts.context
    of = {context.entity_of(item.name) for _, item, out in parts.values if not out}
    sold = {name for name in of if name and context.words.entities[name].several}
    return bool(sold - {context.entity_of(name) for name in parts.rows})


def _counts_pieces(parts: Parts) -> bool:
    """Whether pieces are counted: "lends the most novels", "how many did we lend"."""
    if not parts.kinds & {*ACTIONS, "best", "worst"}:
        return False
    if any(is_amount(item) and entity.several for item, _, entity in parts.before_values()):
        return True
    behind = [other for one, other in parts.pairs() if one.kind == "how_many"]
    return any(other.is_role and other.kind != "by" for other in behind)


def _loses(parts: Parts, place: int) -> bool:
    """Whether somebody is lost or gained, rather than a figure that drops or grows."""
    item = parts.at(place)
    if not item.is_role or item.word not in _LOSE:
        return False
    of_a_figure = item.word in ("drop", "gain") and parts.at(place + 1).text == "in"
    won = item.word.startswith("gain") and parts.metrics[0] in parts.context.words.part_of
    return not (of_a_figure or won)


def _ask_for_metric(parts: Parts) -> NoReturn:
    texts = [item.text for _, item, _ in parts.values]
    about = texts or [parts.context.title(name) for name in parts.rows]
    if about:
        of = "of" if texts else "by"
        second = [parts.context.title(name) for name in parts.context.view.measures][1:2]
        asked = (f"{name} {of} {about[0]}" for name in ("{metric}", *second))
        parts.ask("which_figure", *asked, about=listed(about))
    parts.ask("no_figure")
