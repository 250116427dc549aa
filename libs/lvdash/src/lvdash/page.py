"""Draws a dashboard file on the published tables, into one HTML page that needs no network."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import jinja2
import vl_convert

from lvdash import data, definition, expressions, text
from lvdash.definition import Dashboard, Dataset, Finding, Json, Widget

MAX_ROWS = 100_000
"""Up to this many rows Databricks filters and sums a data set in the browser."""

DRAWN = {"counter", "bar", "line", "area", "pie", "scatter", "table", "pivot", "text"}
CHOSEN = {"filter-single-select", "filter-multi-select", "filter-date-range-picker"}
Progress = Callable[[str], None]


@dataclass
class RenderReport:
    """What became of a rendering.

    Attributes:
        page: the file written.
        size: its size in bytes.
        rows: the rows of each data set, by name.
        widgets: how many widgets are drawn.
        findings: what could not be drawn or is too large; also said in the page.
    """

    page: Path
    size: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    widgets: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether all of the dashboard is drawn."""
        return not self.findings


@dataclass
class _Needed:
    """The columns of a data set that the page needs, and whether its order matters."""

    columns: set[str] = field(default_factory=set)
    keep_order: bool = False


def render(
    published: Path,
    out: Path,
    dashboard: Path,
    progress: Progress | None = None,
) -> RenderReport:
    """Draw a dashboard on published tables, into one HTML file that needs no network.

    A widget or data set that cannot be drawn is shown as such in the page and listed in the
    report's findings; the rest of the page is drawn.

    Args:
        published: the DuckDB file with the schemas `gold` and `quality`; only read.
        out: the HTML file; replaced whole, folders are made.
        dashboard: the `.lvdash.json` file.
        progress: called with a short sentence before each step.

    Raises:
        LakehouseError: when the published file or the dashboard file cannot be read.
    """
    tell = progress or (lambda _: None)
    board = definition.load(dashboard)
    report = RenderReport(out)
    widgets, needed = _describe_widgets(board, report)
    packer = data.Packer()
    datasets: dict[str, Json] = {}
    with data.reading(published) as connection:
        for name, needs in needed.items():
            dataset = board.datasets.get(name)
            tell(f"Reading {dataset.title if dataset else name}")
            datasets[name] = _describe_dataset(connection, dataset, name, needs, packer, report)
    tell("Writing the page")
    model = {
        "title": board.title,
        "pages": _describe_pages(board, widgets),
        "datasets": datasets,
        "theme": board.theme,
    }
    html = _fill_page(board, model, packer.compressed(), published)
    report.widgets = sum(1 for widget in widgets.values() if "problem" not in widget)
    report.size = len(html.encode())
    _replace(out, html)
    return report


def _describe_widgets(
    board: Dashboard, report: RenderReport
) -> tuple[dict[int, Json], dict[str, _Needed]]:
    """Every widget as the page wants it, and what they need of the data sets."""
    described: dict[int, Json] = {}
    needed: dict[str, _Needed] = {}
    for widget in board.widgets:
        about: Json = {
            "name": widget.name,
            "kind": widget.kind,
            "title": _title(widget),
            "note": _note(widget),
            "position": widget.position,
        }
        try:
            about |= _describe_widget(board, widget, needed)
        except expressions.UnsupportedError as error:
            about["problem"] = f"{error} is not understood here."
            report.findings.append(
                Finding(widget.where, f"{error} is not understood.", "Draw it another way.")
            )
        described[id(widget.raw)] = about
    return described, needed


def _title(widget: Widget) -> str:
    frame = definition.mapping(widget.spec.get("frame"))
    return widget.title if frame.get("showTitle", True) and frame.get("title") else ""


def _note(widget: Widget) -> str:
    frame = definition.mapping(widget.spec.get("frame"))
    return str(frame.get("description") or "") if frame.get("showDescription", True) else ""


def _describe_widget(board: Dashboard, widget: Widget, needed: dict[str, _Needed]) -> Json:
    if widget.is_text:
        lines = widget.raw.get("multilineTextboxSpec", {}).get("lines")
        source = "".join(map(str, lines)) if lines else str(widget.raw.get("textbox_spec", ""))
        return {"html": text.to_html(source)}
    if widget.kind not in DRAWN | CHOSEN:
        raise expressions.UnsupportedError(f"The widget type '{widget.kind}'")
    queries = [_describe_query(board, widget, query, needed) for query in widget.queries]
    if not queries:
        raise expressions.UnsupportedError("A widget without a query")
    known = {name for query in queries for name in query["fields"]}
    for path, encoding in widget.encoded_fields():
        if encoding["fieldName"] not in known:
            raise expressions.UnsupportedError(
                f"The field '{encoding['fieldName']}' of the encoding '{path}'"
            )
    spec = {
        key: widget.spec[key]
        for key in ("encodings", "mark", "selection", "format")
        if key in widget.spec
    }
    return {"queries": queries, **spec}


def _describe_query(
    board: Dashboard, widget: Widget, query: definition.Query, needed: dict[str, _Needed]
) -> Json:
    dataset = board.datasets.get(query.dataset)
    calculations = dataset.calculations if dataset else {}

    def tree(expression: str) -> expressions.Tree:
        return expressions.compile_expression(expression, calculations)

    fields = {
        name: tree(expression)
        for name, expression in query.fields.items()
        # only Databricks needs this one, to grey out values that are not there
        if "associative_filter_predicate_group" not in expression
    }
    filters = [
        tree(str(item.get("expression", "")))
        for item in definition.mappings(query.body.get("filters"))
    ]
    orders: list[Json] = [
        {"by": tree(str(item.get("expression", ""))), "down": item.get("direction") == "DESC"}
        for item in definition.mappings(query.body.get("orders"))
    ]
    needs = needed.setdefault(query.dataset, _Needed())
    for part in [*fields.values(), *filters, *(order["by"] for order in orders)]:
        needs.columns |= expressions.columns(part)
    needs.keep_order |= query.disaggregated and not orders and not widget.is_filter
    return {
        "name": query.name,
        "dataset": query.dataset,
        "fields": fields,
        "filters": filters,
        "orders": orders,
        "rows": query.disaggregated,
    }


def _describe_dataset(
    connection: Any,
    dataset: Dataset | None,
    name: str,
    needs: _Needed,
    packer: data.Packer,
    report: RenderReport,
) -> Json:
    where = f"data set '{name}'"
    try:
        if dataset is None:
            raise data.DatasetError("it is not in the file")
        result = data.run_dataset(connection, dataset)
        missing = sorted(needs.columns - result.columns.keys())
        if missing:
            raise data.DatasetError(f"it has no column {', '.join(missing)}")
    except data.DatasetError as error:
        report.findings.append(
            Finding(where, f"gives no result: {error}.", "Put its SQL right, or its tables.")
        )
        return {"title": dataset.title if dataset else name, "problem": str(error)}
    report.rows[name] = result.rows
    if result.rows > MAX_ROWS:
        report.findings.append(
            Finding(
                where,
                f"returns {result.rows:,} rows; up to {MAX_ROWS:,} are quick.",
                "Group its rows more coarsely.",
            )
        )
    sort = not needs.keep_order and not data.keeps_order(dataset)
    wanted = [column for column in result.columns if column in needs.columns]
    return {"title": dataset.title, **packer.add(result, wanted, sort=sort)}


def _describe_pages(board: Dashboard, widgets: Mapping[int, Json]) -> list[Json]:
    return [
        {
            "name": page.name,
            "title": page.title,
            "filters": page.is_filters,
            "columns": page.columns,
            "widgets": [widgets[id(widget.raw)] for widget in page.widgets],
        }
        for page in board.pages
    ]


def _fill_page(board: Dashboard, model: Json, block: bytes, published: Path) -> str:
    assets = resources.files("lvdash") / "assets"
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    template = environment.from_string((assets / "page.html.j2").read_text(encoding="utf-8"))
    # "</" would end the script element it stands in
    model_json = json.dumps(model, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    scripts = ("engine", "format", "charts", "tables", "state", "theme", "filters", "cards", "page")
    return template.render(
        title=board.title,
        css=(assets / "page.css").read_text(encoding="utf-8"),
        vega=_vega(published.parent / ".cache"),
        scripts=[(assets / f"{name}.js").read_text(encoding="utf-8") for name in scripts],
        model=model_json,
        data=base64.b64encode(block).decode(),
    )


@cache
def _vega(folder: Path) -> str:
    """The JavaScript of Vega and Vega-Lite; made once a version, as it takes seconds."""
    kept = folder / f"vega-{metadata.version('vl-convert-python')}.js"
    try:
        return kept.read_text(encoding="utf-8")
    except OSError:
        bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
        script = f"(() => {{{bundle}}})();".replace("</script", "<\\/script")
    with contextlib.suppress(OSError):  # a read-only warehouse only costs the time again
        _replace(kept, script)
    return script


def _replace(path: Path, content: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
