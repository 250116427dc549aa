"""Filters: which data sets they reach, and their defaults."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from lvdash.definition import Dashboard, Finding, Page, Widget, mapping, mappings
from lvdash.lint.expressions import Columns, compiled
from lvdash.parameters import is_moment


def check_filters(board: Dashboard, columns: Columns) -> list[Finding]:
    """Check all filters."""
    findings: list[Finding] = []
    for page in board.pages:
        for widget in page.widgets:
            if widget.is_filter:
                findings += _check_reach(board, page, widget, columns)
                findings += _check_selection(widget)
            elif page.is_filters and not widget.is_text:
                what = "A page of global filters shows filters only."
                findings.append(Finding(widget.where, what, "Move it to another page."))
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
        tree = compiled(text) if text else None
        if query and tree:
            found.append((query.dataset, tree[1] if tree[0] == "column" else str(text)))
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
    error = partial(Finding, widget.where)
    bound = _bound(widget)
    parameters = [query for query in widget.queries if query.body.get("parameters")]
    shown = _shown(board, page)
    if not bound and not parameters:
        what = "It is bound to no field, so it filters nothing."
        yield error(what, "Add fields with 'fieldName' and 'queryName' to its encoding 'fields'.")
        return
    reached = {dataset for dataset, _ in bound} | {query.dataset for query in parameters}
    if not reached & shown.keys():
        what = "No widget in its reach draws a data set it is bound to, so it filters nothing."
        yield error(what, "Bind it to the data sets that are drawn.")
    names = {column for _, column in bound}
    for dataset in sorted(shown.keys() - reached):
        common = sorted(names & (columns.get(dataset) or set()))
        if common:
            what = (
                f"It does not act on the data set '{dataset}', which has {', '.join(common)} too."
            )
            remedy = f"Add a query and a field for it, or the widget '{shown[dataset]}' ignores it."
            yield error(what, remedy, "note")
    bound_queries = {str(i.get("queryName")) for i in mappings(widget.encodings.get("fields"))}
    for query in widget.queries if len(widget.queries) > 1 else ():
        if query.name not in bound_queries:
            what = f"Its query '{query.name}' is bound to no field, so '{query.dataset}' stays "
            yield error(f"{what}unfiltered.", "Add it to the encoding 'fields'.")


def _check_selection(widget: Widget) -> Iterator[Finding]:
    wanted = mapping(mapping(widget.spec.get("selection")).get("defaultSelection"))
    if not wanted:
        return
    ranged = widget.kind in ("filter-date-range-picker", "range-slider")
    if ranged != ("range" in wanted):
        kind = "range" if ranged else "values"
        what = f"Its default is not of the kind a {widget.kind} takes."
        yield Finding(widget.where, what, f"Write 'defaultSelection' with '{kind}'.")
    elif widget.kind == "filter-date-range-picker":
        edges = mapping(wanted.get("range"))
        for edge in ("min", "max"):
            value = str(mapping(edges.get(edge)).get("value") or "")
            if value and not is_moment(value):
                what = f"Its default begins or ends at '{value}', which is not known as a date."
                remedy = "Write a date as 2024-01-31, or one relative to now as now-11M/M."
                yield Finding(widget.where, what, remedy, "note")
