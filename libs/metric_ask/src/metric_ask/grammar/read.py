"""A question read from its first word to the request."""

from __future__ import annotations

from collections.abc import Sequence

from metric_ask.grammar.collect import collect
from metric_ask.grammar.context import Context, Understood
from metric_ask.grammar.doubts import refuse_phrases
from metric_ask.grammar.figures import settle_metrics, settle_special
from metric_ask.grammar.filters import check_filters, filters_of, numerator
from metric_ask.grammar.items import scan
from metric_ask.grammar.parts import RANK_ROLES, Parts
from metric_ask.grammar.refusal import NotUnderstoodError
from metric_ask.grammar.series import change, trend
from metric_ask.grammar.shapes import dimensions_of, limit_of, ranking, shape_of
from metric_ask.grammar.spans import single_period
from metric_ask.metrics import GRAINS
from metric_ask.request import Request
from metric_ask.words import tokens

LONGEST_QUESTION = 400
_RANKING = RANK_ROLES | {"best_seller", "worst_seller"}


def understand(question: str, context: Context) -> Understood:
    """Read a question.

    Raises:
        NotUnderstoodError: when a word cannot be placed or the words do not make one request.
    """
    if len(question) > LONGEST_QUESTION:
        raise NotUnderstoodError(
            f"The question is longer than {LONGEST_QUESTION} characters.", ["revenue by country"]
        )
    words = tokens(question)
    if not words:
        raise NotUnderstoodError("There is no question.", ["revenue by country", "top 10 products"])
    items, remarks = scan(words, context)
    return _read(Parts(context, items, remarks))


def _read(parts: Parts) -> Understood:
    refuse_phrases(parts)
    collect(parts)
    roles = {item.name for item in parts.items if item.kind == "role"}
    settle_special(parts, roles)
    filters = filters_of(parts, roles)
    shape, direction = shape_of(parts, roles)
    descending, ranked = ranking(parts, roles)
    settle_metrics(parts, roles, shape, ranked)
    dimensions, each = dimensions_of(parts, roles, shape, ranked)
    if ranked and not dimensions and not parts.number and not roles & _RANKING:
        ranked = False  # "How profitable are bikes" asks for one figure.
    share_of: tuple[str, ...] = ()
    if shape == "share":
        dimensions, filters, share_of = numerator(parts, dimensions, filters)
    check_filters(parts, filters, dimensions)
    if shape == "change":
        return change(parts, dimensions, filters, direction, each, roles)
    period = single_period(parts, roles)
    if shape == "trend":
        return trend(parts, dimensions, filters, period, roles)
    if not dimensions and (ranked or parts.number):
        parts.ask("The highest or lowest of what?", "top 10 products", "countries by revenue")
    if shape == "share" and not dimensions:
        parts.ask("A share of what, by what?", "share of revenue by category")
    has_grain = any(name in GRAINS for name in dimensions)
    by_metric = ranked or shape == "share" or not (has_grain or _has_order(dimensions))
    request = Request(
        metrics=tuple(parts.metrics),
        dimensions=dimensions,
        filters=filters,
        period=period,
        shape=shape,
        share_of=share_of,
        each=each,
        descending=descending,
        ranked=by_metric,
        limit=limit_of(parts, dimensions, each, ranked),
    )
    return parts.understood(request)


def _has_order(dimensions: Sequence[str]) -> bool:
    return bool(dimensions) and dimensions[0] in ("weekday", "age_group")
