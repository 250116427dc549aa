"""The metric view: what can be measured, by what, and the SQL behind each name.

The one definition is the body of `models/marts/sales_metrics.sql`, which dbt makes a metric view of
on Databricks. Here the same body is read as YAML, so that a question at the desk and a question to
the workspace are answered with the same expressions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from orchestration.errors import ExitCode, LakehouseError

METRIC_VIEW = "sales_metrics"
MODEL = Path("models/marts") / f"{METRIC_VIEW}.sql"

FormatKind = Literal["amount", "count", "share", "number"]

GRAINS = ("order_date", "week", "month", "quarter", "year")
"""The dimensions that are dates, finest first. Each holds the first day of its period."""


@dataclass(frozen=True)
class Field:
    """A dimension or a measure.

    Attributes:
        name: the name in SQL.
        expr: the expression, in the Databricks dialect, over `source`, the joins, and the fields
            before it (a dimension by its name, a measure as `measure(<name>)`).
        title: the name in words.
        comment: what it means.
        synonyms: other names, as people say them.
        is_measure: whether it is one.
        kind: how its figures are to be shown.
        places: digits behind the point (of the percentage, for a share).
    """

    name: str
    expr: str
    title: str
    comment: str
    synonyms: tuple[str, ...]
    is_measure: bool
    kind: FormatKind = "number"
    places: int = 0

    @property
    def starts_at_zero(self) -> bool:
        """Whether no sales means 0 (a sum, a count) rather than no figure (an average)."""
        return self.kind in ("amount", "count") and not self.name.startswith("average_")


@dataclass(frozen=True)
class Join:
    """A dimension table and the condition under which its row belongs to the source's."""

    name: str
    table: str
    condition: str


@dataclass(frozen=True)
class MetricView:
    """The parsed definition. `source` is a query over gold with bare table names."""

    source: str
    joins: tuple[Join, ...]
    dimensions: dict[str, Field]
    measures: dict[str, Field]
    comment: str = ""

    def field(self, name: str) -> Field:
        """The dimension or measure of this name."""
        return self.dimensions.get(name) or self.measures[name]


def load_metrics(project_dir: Path) -> MetricView:
    """Read the metric view of the project.

    Raises:
        LakehouseError: when the file is missing or is not a metric view.
    """
    path = project_dir / MODEL
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise LakehouseError(
            f"The metric view is missing: {path}.",
            "Bring the file back from version control.",
            ExitCode.USAGE,
        ) from error
    return _parse(text, str(path))


@lru_cache(maxsize=4)
def _parse(text: str, where: str) -> MetricView:
    remedy = "docs/genie.md shows what the file holds."
    try:
        body = definition(text)
        joins = tuple(
            Join(name=each["name"], table=each["source"], condition=each["on"])
            for each in body.get("joins", [])
        )
        dimensions = [_field(each, is_measure=False) for each in body["dimensions"]]
        measures = [_field(each, is_measure=True) for each in body["measures"]]
        source = body["source"]
    except (TemplateError, yaml.YAMLError, KeyError, TypeError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise LakehouseError(f"{where} is not a metric view: {reason}", remedy) from error
    names = [each.name for each in (*dimensions, *measures)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise LakehouseError(f"{where} defines {', '.join(twice)} twice.", remedy)
    return MetricView(
        source=source,
        joins=joins,
        dimensions={each.name: each for each in dimensions},
        measures={each.name: each for each in measures},
        comment=str(body.get("comment", "")),
    )


def definition(text: str) -> dict[str, Any]:
    """The body of the model as data, each table by its bare name."""
    jinja = SandboxedEnvironment(undefined=StrictUndefined)
    body = jinja.from_string(text).render(
        config=lambda **_: "",
        ref=lambda name: name,
        published=lambda name: name,
        has_metric_views=lambda: True,
    )
    data = yaml.safe_load(body)
    if not isinstance(data, dict):
        raise TypeError("it holds no YAML mapping")
    return data


def _field(data: dict[str, Any], *, is_measure: bool) -> Field:
    shape = data.get("format") or {}
    places = int((shape.get("decimal_places") or {}).get("places", 0))
    kind: FormatKind = "number"
    if is_measure:
        if shape.get("type") == "percentage":
            kind = "share"
        else:
            kind = {0: "count", 2: "amount"}.get(places, "number")  # type: ignore[assignment]
    return Field(
        name=data["name"],
        expr=" ".join(str(data["expr"]).split()),
        title=data.get("display_name", data["name"]),
        comment=data.get("comment", ""),
        synonyms=tuple(str(each) for each in data.get("synonyms", ())),
        is_measure=is_measure,
        kind=kind,
        places=places,
    )
