"""Reads a Databricks AI/BI dashboard file.

The file is kept as it is, a dictionary. The classes here are views on its parts that know where
they are in the file, so that a finding can name the place. Values of an unexpected type count as
missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from lvdash.errors import BAD_INPUT, IO, LvdashError

Json = dict[str, Any]

DRAWN = {"counter", "bar", "line", "area", "pie", "scatter", "table", "pivot"}
"""Types of widgets that the page draws, besides text."""
CHOSEN = {"filter-single-select", "filter-multi-select", "filter-date-range-picker"}
"""Types of filters that the page offers."""

NEEDED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "counter": (("value",),),
    "table": (("columns",),),
    "bar": (("x",), ("y",)),
    "line": (("x",), ("y",)),
    "area": (("x",), ("y",)),
    "scatter": (("x",), ("y",)),
    "pie": (("angle",), ("color",)),
    "pivot": (("rows", "columns"), ("cell", "cells", "values")),
}
"""The encodings without which a widget is not drawn; one of each group."""


@dataclass(frozen=True)
class Finding:
    """Something about a dashboard file that its author should know.

    Attributes:
        where: page, widget or data set, as the dashboard names it.
        what: what is wrong, in a sentence.
        remedy: what to do about it, in a sentence.
        level: `error` for what is blank or wrong on Databricks, `note` for what this library does
            not know or what only looks odd.
    """

    where: str
    what: str
    remedy: str
    level: Literal["error", "note"] = "error"

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


def whole(value: object) -> int:
    """The value if it is a whole number, else 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


@dataclass(frozen=True)
class Dataset:
    """A query, a table or a metric view that widgets read."""

    raw: Json

    @property
    def name(self) -> str:
        """The name by which widgets refer to it."""
        return str(self.raw.get("name", ""))

    @property
    def title(self) -> str:
        """The name that people see."""
        return str(self.raw.get("displayName") or self.name)

    @property
    def asset(self) -> str:
        """The table or metric view it reads instead of a query, or an empty text."""
        return str(self.raw.get("asset_name") or self.raw.get("assetName") or "")

    @cached_property
    def sql(self) -> str:
        """The query; the lines are joined as they are, as Databricks does."""
        lines = strings(self.raw.get("queryLines")) or strings(self.raw.get("query"))
        if self.asset and not lines:
            return "select * from " + ".".join(f"`{part}`" for part in self.asset.split("."))
        return "".join(lines)

    @property
    def schema(self) -> str | None:
        """The schema of tables without one, if the data set names it."""
        return self.raw.get("schema") or None

    @cached_property
    def calculations(self) -> dict[str, str]:
        """Calculated columns and measures by their display name."""
        return {
            str(item.get("displayName")): str(item.get("expression", ""))
            for item in mappings(self.raw.get("columns"))
        }

    @property
    def parameters(self) -> dict[str, Json]:
        """Its parameters by keyword."""
        found = mappings(self.raw.get("parameters"))
        return {str(item.get("keyword", "")): item for item in found}


@dataclass(frozen=True)
class Query:
    """What a widget asks of a data set."""

    raw: Json

    @property
    def name(self) -> str:
        """The name by which the widget's encodings refer to it."""
        return str(self.raw.get("name", ""))

    @property
    def body(self) -> Json:
        """The query itself."""
        return mapping(self.raw.get("query"))

    @property
    def dataset(self) -> str:
        """The name of the data set."""
        return str(self.body.get("datasetName", ""))

    @property
    def fields(self) -> dict[str, str]:
        """Expressions by field name."""
        return {
            str(item.get("name", "")): str(item.get("expression", ""))
            for item in mappings(self.body.get("fields"))
        }

    @property
    def disaggregated(self) -> bool:
        """Whether rows are shown one by one."""
        return bool(self.body.get("disaggregated", False))

    @property
    def parameter_values(self) -> dict[str, Json]:
        """The selections of parameters that hold for this query only, by keyword."""
        found = mappings(self.body.get("parameterValues"))
        return {str(item.get("keyword", "")): mapping(item.get("selection")) for item in found}


@dataclass(frozen=True)
class Widget:
    """One tile of a page."""

    raw: Json
    page: str
    position: Json

    @property
    def name(self) -> str:
        """The widget's own name, unique in the file."""
        return str(self.raw.get("name", ""))

    @property
    def is_text(self) -> bool:
        """Whether it holds text instead of data."""
        return "multilineTextboxSpec" in self.raw or "textbox_spec" in self.raw

    @property
    def text(self) -> list[str]:
        """The lines of a text widget."""
        lines = mapping(self.raw.get("multilineTextboxSpec")).get("lines")
        return strings(lines) or strings(self.raw.get("textbox_spec"))

    @property
    def spec(self) -> Json:
        """How it is drawn."""
        return mapping(self.raw.get("spec"))

    @property
    def frame(self) -> Json:
        """Its title and description."""
        return mapping(self.spec.get("frame"))

    @property
    def kind(self) -> str:
        """The widget type; `text` for text."""
        old = mapping(self.spec.get("viz_spec")).get("viz_type", "")  # version 0
        return "text" if self.is_text else str(self.spec.get("widgetType", old))

    @property
    def is_filter(self) -> bool:
        """Whether it is a control for choosing."""
        return self.kind.startswith("filter-") or self.kind == "range-slider"

    @cached_property
    def queries(self) -> list[Query]:
        """What it asks of data sets."""
        return [Query(item) for item in mappings(self.raw.get("queries"))]

    @property
    def encodings(self) -> Json:
        """Which field is drawn as what."""
        return mapping(self.spec.get("encodings"))

    @property
    def title(self) -> str:
        """The title shown, or the name."""
        title = self.frame.get("title")
        return str((mapping(title).get("value") if isinstance(title, dict) else title) or self.name)

    @property
    def where(self) -> str:
        """How a message names it."""
        return f"page '{self.page}', widget '{self.name}'"

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


@dataclass(frozen=True)
class Page:
    """One page of the dashboard, or its global filters."""

    raw: Json

    @property
    def name(self) -> str:
        """The page's own name."""
        return str(self.raw.get("name", ""))

    @property
    def title(self) -> str:
        """The name that people see."""
        return str(self.raw.get("displayName") or self.name)

    @property
    def is_filters(self) -> bool:
        """Whether its filters act on every page."""
        return self.raw.get("pageType") == "PAGE_TYPE_GLOBAL_FILTERS"

    @cached_property
    def widgets(self) -> list[Widget]:
        """The widgets in reading order."""
        found = [
            Widget(mapping(item.get("widget")), self.title, mapping(item.get("position")))
            for item in mappings(self.raw.get("layout"))
        ]
        return sorted(found, key=lambda w: (whole(w.position.get("y")), whole(w.position.get("x"))))

    @property
    def columns(self) -> int:
        """How many columns wide the page is: 6, or 12 when a widget reaches further."""
        edges = (whole(w.position.get("x")) + whole(w.position.get("width")) for w in self.widgets)
        return 12 if max(edges, default=0) > 6 else 6


@dataclass(frozen=True)
class Dashboard:
    """A dashboard file."""

    raw: Json
    path: Path

    @cached_property
    def datasets(self) -> dict[str, Dataset]:
        """The data sets by name; of two with one name the first."""
        found: dict[str, Dataset] = {}
        for item in mappings(self.raw.get("datasets")):
            dataset = Dataset(item)
            found.setdefault(dataset.name, dataset)
        return found

    @cached_property
    def pages(self) -> list[Page]:
        """All pages, global filters included."""
        return [Page(item) for item in mappings(self.raw.get("pages"))]

    @property
    def widgets(self) -> list[Widget]:
        """All widgets of all pages."""
        return [widget for page in self.pages for widget in page.widgets]

    @property
    def theme(self) -> Json:
        """Colours and fonts."""
        return mapping(mapping(self.raw.get("uiSettings")).get("theme"))

    @property
    def title(self) -> str:
        """A title made from the file's name, because the file itself has none."""
        return self.path.name.split(".")[0].replace("_", " ").title()


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
