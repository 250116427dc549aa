"""Widgets: their type and version, what they ask, and how they draw the answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from lvdash import expressions
from lvdash.definition import (
    Dashboard,
    Finding,
    Json,
    Query,
    Widget,
    mapping,
    mappings,
)
from lvdash.lint.datasets import Columns

VERSIONS: Mapping[str, tuple[int, ...]] = {
    "counter": (2,),
    "table": (2, 1),
    "bar": (3,),
    "line": (3,),
    "area": (3,),
    "pie": (3,),
    "scatter": (3,),
    "pivot": (3,),
    "heatmap": (3,),
    "histogram": (3,),
    "combo": (1,),
    "filter-single-select": (2,),
    "filter-multi-select": (2,),
    "filter-date-range-picker": (2,),
    "filter-date-picker": (2,),
    "filter-text-entry": (2,),
    "range-slider": (2,),
}
"""The versions of each widget type that Databricks draws."""

DRAWN_HERE = {"counter", "table", "bar", "line", "area", "pie", "scatter", "pivot"}
NEEDED: Mapping[str, tuple[str, ...]] = {
    "counter": ("value",),
    "table": ("columns",),
    "bar": ("x", "y"),
    "line": ("x", "y"),
    "area": ("x", "y"),
    "scatter": ("x", "y"),
    "pie": ("angle", "color"),
    "pivot": ("rows", "cell"),
}
"""The encodings without which a widget stays blank."""

SCALES = {"quantitative", "categorical", "temporal"}
QUERY_KEYS = {
    "datasetName",
    "fields",
    "disaggregated",
    "filters",
    "orders",
    "parameters",
    "cubeGroupingSets",
}
ASSOCIATIVITY = "associative_filter_predicate_group"


def check_widgets(board: Dashboard, columns: Columns) -> list[Finding]:
    """Judge all widgets."""
    findings: list[Finding] = []
    for widget in board.widgets:
        if widget.is_text:
            findings += _check_text(widget)
            continue
        findings += _check_kind(widget)
        findings += _check_queries(board, widget, columns)
        findings += _check_encodings(widget)
        if not widget.is_filter:
            findings += _check_drawing(board, widget)
    return findings


def _check_text(widget: Widget) -> Iterator[Finding]:
    lines = mapping(widget.raw.get("multilineTextboxSpec")).get("lines", [])
    if "textbox_spec" in widget.raw:
        lines = [widget.raw["textbox_spec"]]
    if not "".join(map(str, lines)).strip():
        yield Finding(widget.where, "Its text is empty.", "Write some, or remove it.")
    if any(not str(line).endswith("\n") for line in lines[:-1]):
        yield Finding(
            widget.where,
            "Its lines are joined as they are, so they run into each other.",
            "End each line but the last with \\n.",
        )


def _check_kind(widget: Widget) -> Iterator[Finding]:
    if not widget.spec:
        yield Finding(widget.where, "It has neither 'spec' nor text.", "Add one.")
        return
    versions = VERSIONS.get(widget.kind)
    if versions is None:
        yield Finding(
            widget.where,
            f"The widget type '{widget.kind}' is not known.",
            f"Use one of {', '.join(sorted(DRAWN_HERE))} or a filter.",
        )
        return
    version = widget.spec.get("version")
    if version not in versions:
        yield Finding(
            widget.where,
            f"Version {version} of a {widget.kind} stays blank.",
            f"Write version {versions[0]}.",
        )
    if not widget.is_filter and widget.kind not in DRAWN_HERE:
        yield Finding(
            widget.where,
            f"A {widget.kind} is drawn on Databricks, but not on the local page.",
            f"Use one of {', '.join(sorted(DRAWN_HERE))}.",
        )


def _check_queries(board: Dashboard, widget: Widget, columns: Columns) -> Iterator[Finding]:
    if not widget.queries:
        yield Finding(widget.where, "It asks no data set.", "Add it to 'queries'.")
    names = Counter(query.name for query in widget.queries)
    for name, count in names.items():
        if count > 1:
            yield Finding(
                widget.where, f"{count} of its queries are called '{name}'.", "Rename them."
            )
    for query in widget.queries:
        for key in sorted(query.body.keys() - QUERY_KEYS):
            yield Finding(
                widget.where,
                f"Databricks does not know the key '{key}' of a query and drops it.",
                "Remove it.",
            )
        if query.dataset not in board.datasets:
            yield Finding(
                widget.where,
                f"The data set '{query.dataset}' is not in the file.",
                "Name one that is.",
            )
            continue
        yield from _check_fields(board, widget, query, columns.get(query.dataset))


def _check_fields(
    board: Dashboard, widget: Widget, query: Query, known: set[str] | None
) -> Iterator[Finding]:
    items = mappings(query.body.get("fields"))
    if not items and not query.body.get("parameters"):
        yield Finding(widget.where, "It asks for no fields.", "Add them to 'fields'.")
    for name, count in Counter(str(item.get("name", "")) for item in items).items():
        if count > 1 or not name:
            yield Finding(
                widget.where,
                f"{count} fields are called '{name}'.",
                "Give each field a name of its own.",
            )
    calculations = board.datasets[query.dataset].calculations
    parts = [(f"field '{name}'", text) for name, text in query.fields.items()]
    parts += [("filter", str(i.get("expression", ""))) for i in _listed(query, "filters")]
    parts += [("order", str(i.get("expression", ""))) for i in _listed(query, "orders")]
    for what, text in parts:
        if ASSOCIATIVITY in text:
            continue
        try:
            tree = expressions.compile_expression(text, calculations)
        except expressions.UnsupportedError as error:
            yield Finding(
                widget.where,
                f"The {what}: {error} is not understood.",
                "Calculate it in the data set's SQL or columns.",
            )
            continue
        missing = sorted(expressions.columns(tree) - known) if known is not None else []
        if missing:
            yield Finding(
                widget.where,
                f"The {what} reads {', '.join(missing)}, which '{query.dataset}' does not return.",
                "Use a column that is there.",
            )
        if what.startswith("field") and query.disaggregated and expressions.is_aggregate(tree):
            yield Finding(
                widget.where,
                f"The {what} adds rows up while the query shows rows as they are.",
                "Set 'disaggregated' to false.",
            )
    for item in _listed(query, "orders"):
        if item.get("direction") not in ("ASC", "DESC"):
            yield Finding(widget.where, "An order has no direction.", "Write ASC or DESC.")


def _listed(query: Query, key: str) -> list[Json]:
    return mappings(query.body.get(key))


def _check_encodings(widget: Widget) -> Iterator[Finding]:
    known = {name for query in widget.queries for name in query.fields}
    for needed in NEEDED.get(widget.kind, ()):
        if not widget.encodings.get(needed):
            also = {"rows": "columns", "cell": "values"}.get(needed, "")
            if not widget.encodings.get(also):
                yield Finding(
                    widget.where,
                    f"Without the encoding '{needed}' a {widget.kind} stays blank.",
                    f"Add '{needed}'.",
                )
    for path, encoding in widget.encoded_fields():
        if encoding["fieldName"] not in known:
            yield Finding(
                widget.where,
                f"The encoding '{path}' names the field '{encoding['fieldName']}', which its "
                "query does not have; the widget stays blank.",
                "Make 'fieldName' equal to the field's 'name'.",
            )
    queries = {query.name for query in widget.queries}
    for path, encoding in widget.encoded_fields():
        named = encoding.get("queryName")
        if named is not None and named not in queries:
            yield Finding(
                widget.where,
                f"The encoding '{path}' names the query '{named}', which is not there.",
                "Make 'queryName' equal to the query's 'name'.",
            )


def _check_drawing(board: Dashboard, widget: Widget) -> Iterator[Finding]:
    frame = mapping(widget.spec.get("frame"))
    if frame.get("showTitle") and not frame.get("title"):
        yield Finding(widget.where, "It shows a title that is empty.", "Write one.")
    if widget.kind not in ("counter",) and not frame.get("title"):
        yield Finding(widget.where, "It has no title.", "Say what it shows.")
    drawn = {encoding["fieldName"] for _, encoding in widget.encoded_fields()}
    for query in widget.queries:
        for name in sorted(query.fields.keys() - drawn):
            yield Finding(
                widget.where,
                f"The field '{name}' is asked for and not drawn; it splits rows all the same.",
                "Draw it, or remove it.",
            )
    for channel in ("x", "y"):
        for encoding in _channel(widget, channel):
            yield from _check_axis(board, widget, channel, encoding)
    for path, encoding in widget.encoded_fields():
        style = mapping(encoding.get("format")).get("type", "number-plain")
        if not str(style).startswith("number"):
            continue
        if not encoding.get("displayName") and path.split(".")[0] not in ("color", "target"):
            yield Finding(
                widget.where,
                f"The encoding '{path}' would show the name '{encoding['fieldName']}'.",
                "Add a 'displayName' in words.",
            )


def _channel(widget: Widget, channel: str) -> list[Json]:
    encoding = mapping(widget.encodings.get(channel))
    return mappings(encoding.get("fields")) or ([encoding] if encoding else [])


def _check_axis(
    board: Dashboard, widget: Widget, channel: str, encoding: Json
) -> Iterator[Finding]:
    outer = mapping(widget.encodings.get(channel))
    scale = mapping(encoding.get("scale") or outer.get("scale")).get("type")
    if scale not in SCALES:
        yield Finding(
            widget.where,
            f"The axis '{channel}' has no scale type that is known.",
            f"Write one of {', '.join(sorted(SCALES))}.",
        )
    if scale != "quantitative" or widget.kind == "scatter":
        return
    for query in widget.queries:
        dataset = board.datasets.get(query.dataset)
        text = query.fields.get(str(encoding.get("fieldName")))
        if text is None or dataset is None or query.disaggregated:
            continue
        try:
            tree = expressions.compile_expression(text, dataset.calculations)
        except expressions.UnsupportedError:
            continue
        if not expressions.is_aggregate(tree):
            yield Finding(
                widget.where,
                f"The axis '{channel}' draws {text} without adding it up.",
                "Use SUM, AVG, COUNT, MIN or MAX, or a measure of the data set.",
            )
