"""Reads a Databricks AI/BI dashboard file.

The classes here are the parts of the file. Values of an unexpected type count as missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from lvdash.errors import BAD_INPUT, IO, LvdashError

Json = dict[str, Any]

DRAWN = {"counter", "bar", "line", "area", "pie", "scatter", "table", "pivot"}
"""Types of widgets that the page draws, besides text."""
CHOSEN = {"filter-single-select", "filter-multi-select", "filter-date-range-picker"}
"""Types of filters that the page offers."""

_AXES = (("x",), ("y",))
NEEDED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "counter": (("value",),),
    "table": (("columns",),),
    **dict.fromkeys(("bar", "line", "area", "scatter"), _AXES),
    "pie": (("angle",), ("color",)),
    "pivot": (("rows", "columns"), ("cell", "cells", "values")),
}
"""The encodings without which a widget is not drawn; one of each group."""


@dataclass(frozen=True)
class Finding:
    """Something about a dashboard file that its author should know."""

    where: str
    """Page, widget or data set, as the dashboard names it."""
    what: str
    remedy: str
    level: Literal["error", "note"] = "error"
    """`note` for what this library does not know, or what only looks odd on Databricks."""

    def __str__(self) -> str:
        return f"{self.where}: {self.what} {self.remedy}"


def mapping(value: object) -> Json:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[Json]:
    """The JSON objects of a list; a single object counts as a list of one."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def strings(value: object) -> list[str]:
    """The items of a list as text; a single string counts as a list of one."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str)]


def by_keyword(value: object) -> dict[str, Json]:
    """The JSON objects of a list by their keyword."""
    return {str(item.get("keyword", "")): item for item in mappings(value)}


def whole(value: object) -> int:
    """The value if it is a whole number, else 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


class Dataset:
    """A query, a table or a metric view that widgets read."""

    def __init__(self, raw: Json) -> None:
        self.raw = raw
        self.name = str(raw.get("name", ""))
        self.title = str(raw.get("displayName") or self.name)
        self.where = f"data set '{self.name}'"
        # a table or a metric view instead of a query
        self.asset = str(raw.get("asset_name") or raw.get("assetName") or "")
        # lines are joined as they are, as Databricks does
        self.sql = "".join(strings(raw.get("queryLines")) or strings(raw.get("query")))
        if self.asset and not self.sql:
            self.sql = "select * from " + ".".join(f"`{part}`" for part in self.asset.split("."))
        self.schema = next((name for name in strings(raw.get("schema")) if name), None)
        # calculated columns and measures, and what the file says of them
        columns = {str(item.get("displayName")): item for item in mappings(raw.get("columns"))}
        self.calculations = {n: str(item.get("expression", "")) for n, item in columns.items()}
        self.descriptions = {n: str(item.get("description") or "") for n, item in columns.items()}
        self.parameters = by_keyword(raw.get("parameters"))


class Query:
    """What a widget asks of a data set: expressions by the names of fields."""

    def __init__(self, raw: Json) -> None:
        self.name = str(raw.get("name", ""))
        self.body = mapping(raw.get("query"))
        self.dataset = str(self.body.get("datasetName", ""))
        self.fields = {
            str(item.get("name", "")): str(item.get("expression", ""))
            for item in mappings(self.body.get("fields"))
        }
        self.disaggregated = bool(self.body.get("disaggregated", False))  # rows one by one
        values = by_keyword(self.body.get("parameterValues"))
        self.parameter_values = {
            keyword: mapping(item.get("selection")) for keyword, item in values.items()
        }


class Widget:
    """One tile of a page: text, a chart (which field is drawn as what), or a filter."""

    def __init__(self, raw: Json, page: str, position: Json) -> None:
        self.raw = raw
        self.page = page
        self.name = str(raw.get("name", ""))
        self.where = f"page '{page}', widget '{self.name}'"
        self.position = position
        self.is_text = "multilineTextboxSpec" in raw or "textbox_spec" in raw
        lines = mapping(raw.get("multilineTextboxSpec")).get("lines")
        self.text = strings(lines) or strings(raw.get("textbox_spec"))
        self.spec = mapping(raw.get("spec"))
        old = mapping(self.spec.get("viz_spec")).get("viz_type", "")  # version 0
        self.kind = "text" if self.is_text else str(self.spec.get("widgetType", old))
        self.is_filter = self.kind.startswith("filter-") or self.kind == "range-slider"
        self.frame = mapping(self.spec.get("frame"))
        title = self.frame.get("title")
        shown = title.get("value") if isinstance(title, dict) else title
        self.title = str(shown or self.name)
        self.queries = [Query(item) for item in mappings(raw.get("queries"))]
        self.encodings = mapping(self.spec.get("encodings"))

    def encoded_fields(self) -> Iterator[tuple[str, Json]]:
        """Every encoding that names a field, with its path, such as `y.fields[0]`."""
        yield from _encoded(self.encodings, "")

    def missing_encodings(self) -> list[str]:
        """The encodings without which the widget is not drawn."""
        groups = NEEDED.get(self.kind, ())
        return [names[0] for names in groups if not any(self.encodings.get(n) for n in names)]


def _encoded(node: object, path: str) -> Iterator[tuple[str, Json]]:
    if isinstance(node, dict):
        if isinstance(node.get("fieldName"), str):
            yield path, node
        for key, value in node.items():
            yield from _encoded(value, f"{path}.{key}" if path else key)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _encoded(value, f"{path}[{index}]")


class Page:
    """One page of the dashboard with its widgets in reading order, or the global filters."""

    def __init__(self, raw: Json) -> None:
        self.raw = raw
        self.name = str(raw.get("name", ""))
        self.title = str(raw.get("displayName") or self.name)
        self.is_filters = raw.get("pageType") == "PAGE_TYPE_GLOBAL_FILTERS"
        self.widgets = [
            Widget(mapping(item.get("widget")), self.title, mapping(item.get("position")))
            for item in mappings(raw.get("layout"))
        ]
        self.widgets.sort(key=lambda w: (whole(w.position.get("y")), whole(w.position.get("x"))))
        places = (widget.position for widget in self.widgets)
        edges = (whole(place.get("x")) + whole(place.get("width")) for place in places)
        # how many columns wide it is
        self.columns = 12 if max(edges, default=0) > 6 else 6


class Dashboard:
    """A dashboard file: its data sets by name (of two with one name the first) and its pages."""

    def __init__(self, raw: Json, path: Path) -> None:
        self.raw = raw
        # the file itself has no title
        self.title = path.name.split(".")[0].replace("_", " ").title()
        self.datasets: dict[str, Dataset] = {}
        for item in mappings(raw.get("datasets")):
            self.datasets.setdefault(str(item.get("name", "")), Dataset(item))
        self.pages = [Page(item) for item in mappings(raw.get("pages"))]
        self.widgets = [widget for page in self.pages for widget in page.widgets]
        self.theme = mapping(mapping(raw.get("uiSettings")).get("theme"))


def load(path: Path) -> Dashboard:
    """Read a dashboard file.

    Raises:
        LvdashError: if it cannot be read (exit code 5) or is not a JSON object (exit code 3).
    """
    what = f"The dashboard file {path}"
    try:
        raw = json.loads(path.read_text(encoding="utf-8-sig"), parse_constant=_refuse)
    except OSError as error:
        raise LvdashError(
            f"{what} cannot be read: {error.strerror}.", "Check its name and your rights.", IO
        ) from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise LvdashError(
            f"{what} is not JSON: {place}: {error.msg}.",
            "Correct it there, or export it from Databricks again.",
            BAD_INPUT,
        ) from error
    except (ValueError, RecursionError) as error:
        raise LvdashError(
            f"{what} is not JSON in UTF-8: {error}.", "Export it again.", BAD_INPUT
        ) from error
    if not isinstance(raw, dict):
        remedy = "A dashboard is an object with 'datasets' and 'pages'."
        raise LvdashError(f"{what} does not hold a JSON object.", remedy, BAD_INPUT)
    return Dashboard(raw, path)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON number")
