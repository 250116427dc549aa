"""Reads and writes a Databricks AI/BI dashboard file.

The file is kept as it is (a dictionary); the classes here are views on it that know where they
stand, so that a finding can say so. Nothing is dropped: what these classes do not name stays in
`raw`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from orchestration.errors import ExitCode, LakehouseError

Json = dict[str, Any]

FILTER_KINDS = {
    "filter-date-range-picker",
    "filter-date-picker",
    "filter-multi-select",
    "filter-single-select",
    "filter-text-entry",
    "range-slider",
}
"""Widgets that choose instead of showing."""


@dataclass(frozen=True)
class Finding:
    """Something wrong in a dashboard file.

    Attributes:
        where: page, widget or data set, as a reader of the dashboard would name it.
        what: what is wrong, in a sentence.
        remedy: what to do about it, in a sentence.
    """

    where: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what} {self.remedy}"


def mapping(value: object) -> Json:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[Json]:
    """The JSON objects of a list; a lone object counts as a list of one."""
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


@dataclass(frozen=True)
class Dataset:
    """One SQL query that widgets draw from."""

    raw: Json

    @property
    def name(self) -> str:
        """What widgets call it."""
        return str(self.raw.get("name", ""))

    @property
    def title(self) -> str:
        """What people call it."""
        return str(self.raw.get("displayName") or self.name)

    @cached_property
    def sql(self) -> str:
        """The query; the pieces are joined as they are, as Databricks does."""
        lines = self.raw.get("queryLines")
        return "".join(str(line) for line in lines) if isinstance(lines, list) else ""

    @property
    def schema(self) -> str | None:
        """The schema of unqualified tables, when the data set names its own."""
        return self.raw.get("schema") or None

    @cached_property
    def calculations(self) -> dict[str, str]:
        """Calculated columns and measures by their display name."""
        return {
            str(item.get("displayName")): str(item.get("expression", ""))
            for item in mappings(self.raw.get("columns"))
        }


@dataclass(frozen=True)
class Query:
    """What a widget asks of a data set."""

    raw: Json

    @property
    def name(self) -> str:
        """What the widget's encodings call it."""
        return str(self.raw.get("name", ""))

    @property
    def body(self) -> Json:
        """The query proper."""
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
        """Whether rows are shown as they are."""
        return bool(self.body.get("disaggregated", False))


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
    def spec(self) -> Json:
        """How it is drawn."""
        return mapping(self.raw.get("spec"))

    @property
    def kind(self) -> str:
        """The widget type; `text` for text."""
        return "text" if self.is_text else str(self.spec.get("widgetType", ""))

    @property
    def is_filter(self) -> bool:
        """Whether it chooses instead of showing."""
        return self.kind in FILTER_KINDS or self.kind.startswith("filter-")

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
        return _text(mapping(self.spec.get("frame")).get("title")) or self.name

    @property
    def where(self) -> str:
        """How to name it in a message."""
        return f"page '{self.page}', widget '{self.name}'"

    def encoded_fields(self) -> Iterator[tuple[str, Json]]:
        """Every encoding that names a field, with its path as in `y.fields[0]`."""
        yield from _encoded(self.encodings, "")


def _text(value: object) -> str:
    """A title is a string, or an object with a `value`."""
    return str(mapping(value).get("value", "")) if isinstance(value, dict) else str(value or "")


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
    """One sheet of the dashboard, or its global filters."""

    raw: Json

    @property
    def name(self) -> str:
        """The page's own name."""
        return str(self.raw.get("name", ""))

    @property
    def title(self) -> str:
        """What people call it."""
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
        return sorted(found, key=lambda w: (w.position.get("y", 0), w.position.get("x", 0)))

    @property
    def columns(self) -> int:
        """How many columns wide the sheet is: 6, or 12 when a widget reaches further."""
        reach = [w.position.get("x", 0) + w.position.get("width", 0) for w in self.widgets]
        return 12 if max(reach, default=0) > 6 else 6


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
        """Colours and the like."""
        return mapping(mapping(self.raw.get("uiSettings")).get("theme"))

    @property
    def title(self) -> str:
        """A title from the file's name; the file itself has none."""
        return self.path.name.split(".")[0].replace("_", " ").title()


def load(path: Path) -> Dashboard:
    """Read a dashboard file.

    Raises:
        LakehouseError: when it cannot be read or is no JSON object.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise LakehouseError(
            f"The dashboard file {path} cannot be read: {error.strerror}.",
            "Restore it from version control.",
            ExitCode.IO,
        ) from error
    except json.JSONDecodeError as error:
        raise LakehouseError(
            f"The dashboard file {path} is not JSON: line {error.lineno}, column {error.colno}: "
            f"{error.msg}.",
            "Put it right there, or take it from Databricks once more.",
        ) from error
    if not isinstance(raw, dict):
        raise LakehouseError(
            f"The dashboard file {path} does not hold a JSON object.",
            "A dashboard is an object with 'datasets' and 'pages'.",
        )
    return Dashboard(raw, path)


def dump(raw: Json) -> str:
    """The text of a dashboard file: two spaces, one key a line, as Databricks keeps it."""
    return json.dumps(raw, indent=2, ensure_ascii=False) + "\n"
