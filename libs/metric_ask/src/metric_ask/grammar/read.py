"""A question read from its first word to the request."""

from __future__ import annotations

from metric_ask.grammar.collect import collect
from metric_ask.grammar.context import Context, Understood
from metric_ask.grammar.doubts import refuse_known
from metric_ask.grammar.figures import settle_metrics, settle_rows_and_counts
from metric_ask.grammar.parts import Parts
from metric_ask.grammar.rows import (
    check_filters,
    dimensions_of,
    filters_of,
    limit_of,
    numerator,
    ranking,
    shape_of,
)
from metric_ask.grammar.scan import RANKS, scan
from metric_ask.grammar.series import change, single_period, trend
from metric_ask.request import Request
from metric_ask.tokens import tokens

LONGEST_QUESTION = 400


def understand(question: str, context: Context) -> Understood:
    """Read a question.

    Raises:
        NotUnderstoodError: when a word cannot be placed or the words do not make one request.
    """
    if len(question) > LONGEST_QUESTION:
        raise context.refusal(f"The question is longer than {LONGEST_QUESTION} characters.")
    words = tokens(question)
    if not words:
        raise context.refusal("There is no question.")
    return _read(Parts(context, *scan(words, context)))


def _read(parts: Parts) -> Understood:
    refuse_known(parts)
    collect(parts)
    settle_rows_and_counts(parts)
    filters = filters_of(parts)
    shape, direction = shape_of(parts)
    descending, ranked = ranking(parts)
    settle_metrics(parts, shape, ranked)
    dimensions, each = dimensions_of(parts, shape, ranked)
    if ranked and not (dimensions or parts.number or parts.roles & {*RANKS, "best", "worst"}):
        ranked = False  # "How popular are novels" asks for one figure.
    share_of: tuple[str, ...] = ()
    if shape == "share":
        dimensions, filters, share_of = numerator(parts, dimensions, filters)
    check_filters(parts, filters, dimensions)
    if shape == "change":
        return change(parts, dimensions, filters, direction, each)
    period = single_period(parts)
    if shape == "trend":
        return trend(parts, dimensions, filters, period)
    if not dimensions and (ranked or parts.number):
        parts.ask("The highest or lowest of what?", "top 10 {rows}", "{groups} by {metric}")
    grains = parts.context.view.grains
    in_order = bool(dimensions) and (
        any(name in grains for name in dimensions) or parts.context.has_order(dimensions[0])
    )
    return parts.understood(
        Request(
            metrics=tuple(parts.metrics),
            dimensions=dimensions,
            filters=filters,
            period=period,
            shape=shape,
            share_of=share_of,
            each=each,
            descending=descending,
            ranked=ranked or shape == "share" or not in_order,
            limit=limit_of(parts, dimensions, each, ranked),
        )
    )
