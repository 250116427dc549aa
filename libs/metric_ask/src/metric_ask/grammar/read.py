"""A question read from its first word to the request."""

from __future__ import annotations

from dataclasses import replace

from metric_ask.grammar import rows
from metric_ask.grammar.collect import collect
from metric_ask.grammar.context import Context, Understood
from metric_ask.grammar.doubts import refuse_half_said, refuse_known
from metric_ask.grammar.figures import settle_metrics, settle_rows_and_counts
from metric_ask.grammar.parts import Parts
from metric_ask.grammar.scan import RANKS, scan
from metric_ask.grammar.series import change, single_period, trend
from metric_ask.request import Request
from metric_ask.tokens import tokens

LONGEST_QUESTION = 400


def understand(question: str, context: Context) -> Understood:
    """Read a question; a `NotUnderstoodError` says which words do not make one request."""
    if len(question) > LONGEST_QUESTION:
        raise context.refusal("too_long", count=LONGEST_QUESTION)
    words = tokens(question)
    if not words:
        raise context.refusal("no_question")
    parts = Parts(context, *scan(words, context))
    refuse_known(parts)
    refuse_half_said(parts)
    collect(parts)
    settle_rows_and_counts(parts)
    filters = rows.filters_of(parts)
    shape, direction = rows.shape_of(parts)
    descending, ranked = rows.ranking(parts)
    settle_metrics(parts, shape, ranked)
    dimensions, each = rows.dimensions_of(parts, shape, ranked)
    if ranked and not (dimensions or parts.number or parts.kinds & {*RANKS, "best", "worst"}):
        ranked = False  # "How popular are novels" asks for one figure.
    share_of: tuple[str, ...] = ()
    if shape == "share":
        dimensions, filters, share_of = rows.numerator(parts, dimensions, filters)
    rows.check_filters(parts, filters, dimensions)
    request = Request(
        tuple(parts.metrics),
        dimensions,
        filters,
        shape=shape,
        direction=direction,
        share_of=share_of,
        each=each,
    )
    if shape == "change":
        request = change(parts, request)
    elif shape == "trend":
        request = trend(parts, request)
    else:
        request = _list(parts, request, descending, ranked)
    return Understood(request, tuple(dict.fromkeys(parts.remarks)))


def _list(parts: Parts, request: Request, descending: bool, ranked: bool) -> Request:
    """Rows, or shares, in their order."""
    dimensions, period = request.dimensions, single_period(parts)
    if not dimensions and (ranked or parts.number):
        parts.ask("ranked_what")
    view = parts.context.view
    has_grain = any(name in view.grains for name in dimensions)
    in_order = has_grain or bool(dimensions and view.dimensions[dimensions[0]].order)
    return replace(
        request,
        period=period,
        descending=descending,
        ranked=ranked or request.shape == "share" or not in_order,
        limit=rows.limit_of(parts, dimensions, request.each, ranked),
    )
