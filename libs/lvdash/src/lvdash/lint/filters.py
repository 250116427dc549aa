"""Filters: whether they reach what they should, and what they are set to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from lvdash import expressions
from lvdash.definition import (
    Dashboard,
    Finding,
    Page,
    Widget,
    mapping,
    mappings,
)
from lvdash.lint.datasets import Columns

RELATIVE = re.compile(r"^now([+-]\d+[dwMy])?(/[dwMy])?$")


def check_filters(board: Dashboard, columns: Columns) -> list[Finding]:
    """Judge all filters."""
    findings: list[Finding] = []
    for page in board.pages:
        for widget in page.widgets:
            if widget.is_filter:
                findings += _check_reach(board, page, widget, columns)
                findings += _check_selection(widget)
            elif page.is_filters and not widget.is_text:
                findings.append(
                    Finding(
                        widget.where,
                        "A page of global filters shows filters only.",
                        "Move it to another page.",
                    )
                )
    return findings


def _bound(widget: Widget) -> list[tuple[str, str]]:
    """The data sets and columns a filter acts on."""
    queries = {query.name: query for query in widget.queries}
    found = []
    for item in mappings(widget.encodings.get("fields")):
        query = queries.get(str(item.get("queryName")))
        if query is None and len(widget.queries) == 1:
            query = widget.queries[0]
        text = query.fields.get(str(item.get("fieldName"))) if query else None
        if query is None or text is None:
            continue
        try:
            tree = expressions.compile_expression(text, {})
        except expressions.UnsupportedError:
            continue
        found.append((query.dataset, tree[1] if tree[0] == "column" else text))
    return found


def _shown(board: Dashboard, page: Page) -> dict[str, str]:
    """The data sets drawn within a filter's reach, each with a widget that draws it."""
    pages = board.pages if page.is_filters else [page]
    return {
        query.dataset: widget.name
        for one in pages
        for widget in one.widgets
        if not widget.is_filter
        for query in widget.queries
    }


def _check_reach(
    board: Dashboard, page: Page, widget: Widget, columns: Columns
) -> Iterator[Finding]:
    bound = _bound(widget)
    parameters = [q for q in widget.queries if q.body.get("parameters")]
    shown = _shown(board, page)
    if not bound and not parameters:
        yield Finding(
            widget.where,
            "It is bound to no field, so it filters nothing.",
            "Add the fields to its encoding 'fields', each with 'fieldName' and 'queryName'.",
        )
        return
    reached = {dataset for dataset, _ in bound} | {query.dataset for query in parameters}
    if not reached & shown.keys():
        yield Finding(
            widget.where,
            "No widget in its reach draws a data set it is bound to, so it filters nothing.",
            "Bind it to the data sets that are drawn.",
        )
    names = {column for _, column in bound}
    for dataset in sorted(shown.keys() - reached):
        common = sorted(names & (columns.get(dataset) or set()))
        if common:
            yield Finding(
                widget.where,
                f"It does not act on the data set '{dataset}', which has {', '.join(common)} too; "
                f"the widget '{shown[dataset]}' ignores it.",
                "Add a query and a field for that data set.",
            )
    bound_queries = {str(i.get("queryName")) for i in mappings(widget.encodings.get("fields"))}
    for query in widget.queries:
        if len(widget.queries) > 1 and query.name not in bound_queries:
            yield Finding(
                widget.where,
                f"Its query '{query.name}' is bound to no field, so '{query.dataset}' stays "
                "unfiltered.",
                "Add it to the encoding 'fields'.",
            )


def _check_selection(widget: Widget) -> Iterator[Finding]:
    wanted = mapping(mapping(widget.spec.get("selection")).get("defaultSelection"))
    if not wanted:
        return
    ranged = widget.kind in ("filter-date-range-picker", "range-slider")
    if ranged != ("range" in wanted):
        kind = "range" if ranged else "values"
        yield Finding(
            widget.where,
            f"Its default is not of the kind a {widget.kind} takes.",
            f"Write 'defaultSelection' with '{kind}'.",
        )
        return
    if widget.kind != "filter-date-range-picker":
        return
    edges = mapping(wanted.get("range"))
    for edge in ("min", "max"):
        value = str(mapping(edges.get(edge)).get("value", ""))
        if value and not RELATIVE.match(value) and not _is_date(value):
            yield Finding(
                widget.where,
                f"Its default begins or ends at '{value}', which is no date.",
                "Write a date as 2024-01-31, or one relative to now as now-11M/M.",
            )


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True
