"""Widgets: their type and version, what they ask, and how they draw the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from lvdash import expressions
from lvdash.definition import DRAWN, Dashboard, Finding, Json, Query, Widget, mapping, mappings
from lvdash.lint.expressions import Columns, check_expression, compiled, repeated

VERSIONS: Mapping[str, tuple[int, ...]] = {
    "counter": (2,),
    "table": (2, 1),
    **dict.fromkeys(("bar", "line", "area", "pie", "scatter", "pivot"), (3,)),
    **dict.fromkeys(("filter-single-select", "filter-multi-select", "range-slider"), (2,)),
    **dict.fromkeys(("filter-date-range-picker", "filter-date-picker", "filter-text-entry"), (2,)),
}
"""The versions of widget types that are known."""

SCALES = {"quantitative", "categorical", "temporal"}
QUERY_KEYS = {
    *("datasetName", "fields", "disaggregated", "filters", "orders", "parameters"),
    *("parameterValues", "cubeGroupingSets"),
}


def check_widgets(board: Dashboard, columns: Columns) -> list[Finding]:
    """Check all widgets."""
    findings: list[Finding] = []
    for widget in board.widgets:
        if widget.is_text:
            findings += _check_text(widget)
            continue
        findings += _check_kind(widget)
        if widget.kind not in VERSIONS:
            continue
        findings += _check_queries(board, widget, columns)
        findings += _check_encodings(widget)
        if not widget.is_filter:
            findings += _check_drawing(board, widget)
    return findings


def _check_text(widget: Widget) -> Iterator[Finding]:
    if not "".join(widget.text).strip():
        yield Finding(widget.where, "Its text is empty.", "Write some, or remove it.", "note")
    if any(not line.endswith("\n") for line in widget.text[:-1]):
        what = "Its lines run into each other, because they are joined as they are."
        yield Finding(widget.where, what, "End each line but the last with \\n.", "note")


def _check_kind(widget: Widget) -> Iterator[Finding]:
    if not widget.spec:
        yield Finding(widget.where, "It has neither 'spec' nor text.", "Add one.")
        return
    versions = VERSIONS.get(widget.kind)
    version = widget.spec.get("version")
    if versions is None:
        what = f"The widget type '{widget.kind}' is not known here."
        remedy = f"The page draws {', '.join(sorted(DRAWN))} and filters."
        yield Finding(widget.where, what, remedy, "note")
    elif version not in versions:
        what = f"Version {version} of a {widget.kind} is not known here."
        yield Finding(widget.where, what, f"Version {versions[0]} is drawn.", "note")


def _check_queries(board: Dashboard, widget: Widget, columns: Columns) -> Iterator[Finding]:
    error = partial(Finding, widget.where)
    if not widget.queries:
        yield error("It asks no data set.", "Add it to 'queries'.")
    for name, count in repeated(query.name for query in widget.queries):
        yield error(f"{count} of its queries are called '{name}'.", "Rename them.")
    for query in widget.queries:
        for key in sorted(query.body.keys() - QUERY_KEYS):
            what = f"The key '{key}' of a query is not known here."
            yield error(what, "Check its spelling.", "note")
        if query.dataset in board.datasets:
            yield from _check_fields(board, widget, query, columns.get(query.dataset))
        else:
            yield error(f"The data set '{query.dataset}' is not in the file.", "Name another.")


def _check_fields(
    board: Dashboard, widget: Widget, query: Query, known: set[str] | None
) -> Iterator[Finding]:
    error = partial(Finding, widget.where)
    items = mappings(query.body.get("fields"))
    if not items and not query.body.get("parameters"):
        yield error("It asks for no fields.", "Add them to 'fields'.")
    for name, count in repeated(str(item.get("name", "")) for item in items):
        yield error(f"{count} fields are called '{name}'.", "Give each field its own name.")
    dataset = board.datasets[query.dataset]
    for keyword in sorted(query.parameter_values.keys() - dataset.parameters.keys()):
        what = f"It sets the parameter ':{keyword}', which '{query.dataset}' does not declare."
        yield error(what, "Declare it, or remove the value.")
    parts = [(f"The field '{name}'", text) for name, text in query.fields.items()]
    for key, what in (("filters", "The filter"), ("orders", "The order")):
        parts += [(what, str(i.get("expression", ""))) for i in mappings(query.body.get(key))]
    for what, text in parts:
        if expressions.ASSOCIATIVITY in text:
            continue
        yield from check_expression(widget.where, what, text, dataset, known)
        tree = compiled(text, dataset)
        aggregated = tree is not None and expressions.is_aggregate(tree)
        if aggregated and query.disaggregated and what.startswith("The field"):
            said = f"{what} aggregates rows, but the query shows rows one by one."
            yield error(said, "Set 'disaggregated' to false.")
    for item in mappings(query.body.get("orders")):
        if item.get("direction") not in ("ASC", "DESC"):
            yield error("An order has no direction.", "Write ASC or DESC.", "note")


def _check_encodings(widget: Widget) -> Iterator[Finding]:
    error = partial(Finding, widget.where)
    known = {name for query in widget.queries for name in query.fields}
    queries = {query.name for query in widget.queries}
    for name in widget.missing_encodings():
        what = f"A {widget.kind} without the encoding '{name}' is not known here."
        yield error(what, f"Add '{name}', or look at it on Databricks.", "note")
    for path, encoding in widget.encoded_fields():
        if encoding["fieldName"] not in known:
            what = f"The encoding '{path}' names the field '{encoding['fieldName']}', which its "
            what += "query does not have; the widget stays blank."
            yield error(what, "Make 'fieldName' equal to the field's 'name'.")
        named = encoding.get("queryName")
        if named is not None and str(named) not in queries:
            what = f"The encoding '{path}' names the query '{named}', which is not there."
            yield error(what, "Make 'queryName' equal to the query's 'name'.")


def _check_drawing(board: Dashboard, widget: Widget) -> Iterator[Finding]:
    note = partial(Finding, widget.where, level="note")
    if widget.frame.get("showTitle") and not widget.frame.get("title"):
        yield note("It shows a title that is empty.", "Write one.")
    elif widget.kind != "counter" and not widget.frame.get("title"):
        yield note("It has no title.", "Say what it shows.")
    drawn = {encoding["fieldName"] for _, encoding in widget.encoded_fields()}
    is_drawn = widget.kind in DRAWN
    for query in widget.queries if is_drawn else ():
        for name in sorted(query.fields.keys() - drawn):
            what = f"The field '{name}' is asked for and not drawn; it splits rows all the same."
            yield note(what, "Draw it, or remove it.")
    for channel in ("x", "y") if is_drawn else ():
        encoding = mapping(widget.encodings.get(channel))
        for each in mappings(encoding.get("fields")) or ([encoding] if encoding else []):
            yield from _check_axis(board, widget, channel, each)
    for path, encoding in widget.encoded_fields():
        style = str(mapping(encoding.get("format")).get("type", "number-plain"))
        named = encoding.get("displayName") or path.split(".")[0] in ("color", "target")
        if style.startswith("number") and not named:
            what = f"The encoding '{path}' shows the name '{encoding['fieldName']}'."
            yield note(what, "Add a 'displayName' in words.")


def _check_axis(
    board: Dashboard, widget: Widget, channel: str, encoding: Json
) -> Iterator[Finding]:
    outer = mapping(widget.encodings.get(channel))
    scale = str(mapping(encoding.get("scale") or outer.get("scale")).get("type"))
    if scale not in SCALES:
        what = f"The axis '{channel}' has no scale type that is known here."
        yield Finding(widget.where, what, f"Known: {', '.join(sorted(SCALES))}.", "note")
    if scale != "quantitative" or widget.kind == "scatter":
        return
    for query in widget.queries:
        text = query.fields.get(str(encoding.get("fieldName")))
        tree = compiled(text, board.datasets.get(query.dataset)) if text else None
        if tree and not query.disaggregated and not expressions.is_aggregate(tree):
            what = f"The axis '{channel}' draws {text} without aggregating it."
            remedy = "Use SUM, AVG, COUNT, MIN or MAX, or a measure of the data set."
            yield Finding(widget.where, what, remedy, "note")
