"""Draws a dashboard file on a DuckDB file, as one HTML page that needs no network."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata, resources
from pathlib import Path

import jinja2
import vl_convert
from markupsafe import Markup

from lvdash import data, expressions, text
from lvdash.definition import (
    CHOSEN,
    DRAWN,
    Dashboard,
    Dataset,
    Finding,
    Json,
    Page,
    Query,
    Widget,
    load,
    mappings,
    whole,
)
from lvdash.errors import IO, LvdashError
from lvdash.meaning import meaning_of
from lvdash.settings import Settings, load_settings

MAX_ROWS = 100_000
"""Up to this many rows Databricks filters and aggregates a data set in the browser."""

_SCRIPTS = (
    *("engine", "format", "charts", "tables", "state", "periods"),
    *("drill", "theme", "filters", "export", "cards", "detail", "page"),
)


@dataclass
class RenderReport:
    """The result of drawing a dashboard: the file, its bytes, its drawn widgets, and more."""

    page: Path
    size: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    """Of each data set, by name."""
    widgets: int = 0
    findings: list[Finding] = field(default_factory=list)
    """What could not be drawn or is too large; the page says so too."""

    @property
    def complete(self) -> bool:
        """Whether all of the dashboard is drawn."""
        return not self.findings


@dataclass
class _Needed:
    """What the page needs of a data set, for one choice of its parameters."""

    dataset: str
    parameters: dict[str, Json]
    columns: set[str] = field(default_factory=set)
    deeper: set[str] = field(default_factory=set)
    keep_order: bool = False


def render(
    dashboard: Path,
    database: Path,
    out: Path,
    *,
    schema: str | None = None,
    definitions: Mapping[str, str] | None = None,
    documentation: str = "",
    published: str = "",
) -> RenderReport:
    """Draw a dashboard as one HTML file that needs no network.

    A widget or data set that cannot be drawn is shown as such in the page and listed in the
    report's findings; the rest of the page is drawn.

    Args:
        dashboard: the `.lvdash.json` file; the page's own settings are beside it, see `Settings`.
        database: the DuckDB file with the tables; only read.
        out: the HTML file; replaced as a whole, missing folders are made.
        schema: the schema of tables that data sets name without one; default: `main`, then every
            other schema in alphabetical order.
        definitions: what measures mean, by name; else the comments of columns say it.
        documentation: the address of a widget's documentation, with `{name}` in the place of its
            name; the page links to it.
        published: when the figures were published, in words; said beside the title.

    Raises:
        LvdashError: if the database, the dashboard file or its settings cannot be read, or the page
            cannot be written.
    """
    board, settings = load(dashboard), load_settings(dashboard)
    drawing = _Drawing(board, settings, RenderReport(out))
    report, widgets = drawing.report, drawing.widgets()
    with data.open_database(database, schema) as opened:
        datasets = {key: drawing.dataset(opened, needs) for key, needs in drawing.needed.items()}
        for widget in board.widgets:
            meaning = meaning_of(widget, board.datasets, opened, definitions or {})
            widgets[id(widget)]["meaning"] = [] if widget.is_filter else meaning
    model = {
        **settings.model_dump(exclude={"descriptions", "optional"}),
        "title": board.title,
        "pages": [
            {
                "name": page.name,
                "title": page.title,
                "filters": page.is_filters,
                "columns": page.columns,
                "widgets": _without_empty(page, settings.optional, widgets, report),
            }
            for page in board.pages
        ],
        "datasets": datasets,
        "theme": board.theme,
        "comparison": list(settings.comparison),
        "documentation": documentation,
        "published": published,
    }
    content = _fill_page(board, model, drawing.packer.compressed())
    report.widgets = sum(1 for widget in widgets.values() if "problem" not in widget)
    report.size = len(content)
    try:
        _replace(out, content)
    except OSError as error:
        remedy = "Choose another place or free some space."
        raise LvdashError(f"{out} cannot be written: {error.strerror}.", remedy, IO) from error
    return report


@dataclass
class _Drawing:
    """Describes widgets and data sets for the page, and reports what cannot be drawn."""

    board: Dashboard
    settings: Settings
    report: RenderReport
    needed: dict[str, _Needed] = field(default_factory=dict)
    packer: data.Packer = field(default_factory=data.Packer)

    def _note(self, where: str, what: str, remedy: str) -> None:
        self.report.findings.append(Finding(where, what, remedy, "note"))

    def widgets(self) -> dict[int, Json]:
        """Every widget as the page reads it."""
        described: dict[int, Json] = {}
        for widget in self.board.widgets:
            frame, note = widget.frame, ""
            if frame.get("showDescription", True):
                note = self.settings.descriptions.get(widget.name) or frame.get("description") or ""
            about: Json = {
                "name": widget.name,
                "kind": widget.kind,
                "title": widget.title
                if frame.get("showTitle", True) and frame.get("title")
                else "",
                "note": str(note),
                "position": widget.position,
            }
            try:
                about |= self._widget(widget)
            except expressions.UnsupportedError as error:
                about["problem"] = f"{error} is not known here."
                what = f"{error} is not known here, so the page shows a message in its place."
                self._note(widget.where, what, "Look at it on Databricks, or draw it another way.")
            described[id(widget)] = about
        return described

    def _widget(self, widget: Widget) -> Json:
        if widget.is_text:
            return {"html": text.to_html("".join(widget.text))}
        if widget.kind not in DRAWN | CHOSEN:
            what = f"The widget type '{widget.kind}'" if widget.kind else "A widget without a type"
            raise expressions.UnsupportedError(what)
        if not widget.queries:
            raise expressions.UnsupportedError("A widget without a query")
        for query in widget.queries:
            for item in mappings(query.body.get("parameters")):
                name = item.get("keyword")
                what = f"It sets the parameter ':{name}'; the page keeps its default."
                self._note(widget.where, what, "Change the default to see other values.")
        for name in widget.missing_encodings():
            raise expressions.UnsupportedError(f"A {widget.kind} without the encoding '{name}'")
        queries = [
            self._query(widget, query)
            for query in widget.queries
            if query.fields or not query.body.get("parameters")
        ]
        known = {name for query in queries for name in query["fields"]}
        for path, encoding in widget.encoded_fields():
            if encoding["fieldName"] not in known:
                raise expressions.UnsupportedError(
                    f"The field '{encoding['fieldName']}' of the encoding '{path}'"
                )
        parts = ("mark", "selection", "format")
        spec = {key: widget.spec[key] for key in parts if key in widget.spec}
        return {"queries": queries, "encodings": widget.encodings, **spec}

    def _query(self, widget: Widget, query: Query) -> Json:
        dataset = self.board.datasets.get(query.dataset)
        suffixes = self.settings.comparison.values()

        def tree(expression: object, suffix: str = "") -> expressions.Tree:
            return _compiled(str(expression or ""), dataset, suffix)

        fields = {
            name: tree(expression)
            for name, expression in query.fields.items()
            if expressions.ASSOCIATIVITY not in expression
        }
        # for each comparison, the fields that are another measure then
        compared = [
            {
                name: other
                for name in fields
                if (other := tree(query.fields[name], suffix)) != fields[name]
            }
            for suffix in suffixes
        ]
        filters = [tree(item.get("expression")) for item in mappings(query.body.get("filters"))]
        orders: list[Json] = [
            {
                "by": tree(item.get("expression")),
                "down": item.get("direction") == "DESC",
                "compared": [tree(item.get("expression"), suffix) for suffix in suffixes],
            }
            for item in mappings(query.body.get("orders"))
        ]
        chosen = query.parameter_values
        key = f"{query.dataset} {json.dumps(chosen, sort_keys=True)}" if chosen else query.dataset
        needs = self.needed.setdefault(key, _Needed(query.dataset, chosen))
        others = [other for fields in compared for other in fields.values()]
        ordered = [part for order in orders for part in [order["by"], *order["compared"]]]
        for part in [*fields.values(), *others, *filters, *ordered]:
            needs.columns |= expressions.columns(part)
        if not widget.is_filter:
            drawn = {part[1] for part in fields.values() if part[0] == "column"}
            for path in self.settings.drill:
                needs.deeper |= {name for n, name in enumerate(path) if drawn & set(path[:n])}
        periods = self.settings.periods
        if periods and periods["kind"] in needs.columns:
            needs.deeper |= {periods["first"], periods["last"]}
        needs.keep_order |= query.disaggregated and not orders and not widget.is_filter
        return {
            "name": query.name,
            "dataset": key,
            "source": query.dataset,
            "fields": fields,
            "filters": filters,
            "orders": orders,
            "rows": query.disaggregated,
            **({"compared": compared} if others else {}),
        }

    def dataset(self, opened: data.Database, needs: _Needed) -> Json:
        """A data set as the page reads it, its columns packed."""
        name, dataset = needs.dataset, self.board.datasets.get(needs.dataset)
        try:
            if dataset is None:
                raise data.DatasetError("it is not in the file")
            result = opened.run(dataset, needs.parameters)
            if missing := sorted(needs.columns - result.columns.keys()):
                raise data.DatasetError(f"it has no column {', '.join(missing)}")
        except data.DatasetError as error:
            where, what = f"data set '{name}'", f"It gives no result: {error}."
            remedy = "Correct its SQL or the tables it reads."
            self.report.findings.append(Finding(where, what, remedy))
            title = dataset.title if dataset else name
            return {"title": title, "name": name, "problem": str(error)}
        self.report.rows[name] = result.rows
        if result.rows > MAX_ROWS:
            what = f"It returns {result.rows:,} rows; up to {MAX_ROWS:,} are quick."
            self._note(dataset.where, what, "Group its rows more coarsely.")
        sort = not needs.keep_order and not data.keeps_order(dataset)
        wanted = [column for column in result.columns if column in needs.columns | needs.deeper]
        packed = self.packer.add(result, wanted, sort=sort)
        return {"title": dataset.title, "name": name, **packed}


def _compiled(expression: str, dataset: Dataset | None, suffix: str) -> expressions.Tree:
    """The tree of an expression; measures whose name has the suffix take the others' places."""
    calculations = dataset.calculations if dataset else {}
    known = {name: calculations.get(name + suffix, text) for name, text in calculations.items()}
    try:
        return expressions.compile_expression(expression, known)
    except expressions.UndefinedError as error:
        if dataset is None or not dataset.asset:
            raise
        raise expressions.UnsupportedError(f"{error} of the metric view {dataset.asset}") from error


def _without_empty(
    page: Page, optional: list[str], widgets: Mapping[int, Json], report: RenderReport
) -> list[Json]:
    """The widgets of a page without the optional ones that have no rows.

    What is below them moves up.
    """
    kept: list[Json] = []
    free: set[int] = set()
    for widget in page.widgets:
        counts = [report.rows.get(query.dataset) for query in widget.queries]
        if widget.name in optional and counts and all(count == 0 for count in counts):
            free.update(_lines(widgets[id(widget)]))
        else:
            kept.append(widgets[id(widget)])
    free.difference_update(*map(_lines, kept))
    if not free:
        return kept
    moved = []
    for about in kept:
        top = _lines(about).start
        above = sum(1 for line in free if line < top)
        moved.append({**about, "position": {**about["position"], "y": top - above}})
    return moved


def _lines(widget: Json) -> range:
    """The lines of the grid that a widget covers."""
    top = whole(widget["position"].get("y"))
    return range(top, top + whole(widget["position"].get("height", 1)))


def _fill_page(board: Dashboard, model: Json, block: bytes) -> bytes:
    assets = resources.files("lvdash") / "assets"

    def asset(name: str) -> Markup:
        return Markup((assets / name).read_text(encoding="utf-8"))

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    page = environment.from_string(asset("page.html.j2")).render(
        title=board.title,
        css=asset("page.css"),
        vega=Markup(_vega()),
        scripts=[asset(f"{name}.js") for name in _SCRIPTS],
        model=_json_in_script(model),
        data=base64.b64encode(block).decode(),
    )
    return page.encode("utf-8", "replace")


def _json_in_script(value: object) -> Markup:
    """A value as JSON that can stand inside a script element.

    Without `<`, neither `</script>` nor `<!--` nor `<script` can change how the rest of the page is
    read. Half of a surrogate pair has no UTF-8 form and becomes an escape sequence.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    text = text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return Markup(text.encode("utf-8", "backslashreplace").decode())


@cache
def _vega() -> str:
    """The JavaScript of Vega and Vega-Lite; kept in the user's cache, as bundling takes seconds."""
    cache_dir = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
    kept = cache_dir / "lvdash" / f"vega-{metadata.version('vl-convert-python')}.js"
    try:
        return kept.read_text(encoding="utf-8")
    except OSError:
        bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
        script = f"(() => {{{bundle}}})();".replace("</script", "<\\/script")
    with contextlib.suppress(OSError):  # without a cache it only takes longer
        _replace(kept, script.encode())
    return script


def _replace(path: Path, content: bytes) -> None:
    """Write a file as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
