"""The dashboard's counters say what the metric view says, to the cent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot

from lvdash.data import open_database
from lvdash.definition import Dashboard, load
from lvdash.dialect import to_duckdb
from metric_ask import Filter, Period, Request, compile_sql
from tests.python.genie.places import Place

DATASET = "sales_summary"
FILE = Path("dashboards/gold_sales.lvdash.json")
CENT = Decimal("0.01")

Choice = tuple[int | None, dict[str, str]]
CHOICES: tuple[Choice, ...] = (
    (None, {}),
    (12, {}),
    (12, {"country": "Germany"}),
    (6, {"country": "United States", "category": "Bikes"}),
    (1, {"category": "Accessories"}),
    (3, {"product_line": "Road", "country": "France"}),
)
"""The last so many months (None for everything) and what is chosen in the filters."""


@pytest.fixture(scope="module")
def dashboard(project_dir: Path) -> Dashboard:
    return load(project_dir / FILE)


@pytest.fixture(scope="module")
def summary(place: Place, dashboard: Dashboard) -> Iterator[duckdb.DuckDBPyConnection]:
    """The counters' data set as a table `summary`."""
    with open_database(place.published, "gold") as database:
        connection = database.connection
        connection.execute("use db.gold")
        sql = to_duckdb(dashboard.datasets[DATASET].sql)
        connection.execute(f"create temp table summary as {sql}")
        yield connection


def counters(dashboard: Dashboard) -> dict[str, str]:
    """The measures that the counters show, as SQL of DuckDB, by the names of the metrics."""
    calculations = dashboard.datasets[DATASET].calculations
    shown: dict[str, str] = {}
    for widget in dashboard.widgets:
        if widget.kind != "counter" or widget.queries[0].dataset != DATASET:
            continue
        if widget.frame["showTitle"] is False:  # a sentence
            continue
        field = str(widget.encodings["value"]["fieldName"])
        title = field.removeprefix("measure(").removesuffix(")")
        shown[title.lower().replace(" ", "_")] = sqlglot.transpile(
            calculations[title], read="databricks", write="duckdb"
        )[0]
    return shown


@pytest.mark.parametrize("choice", CHOICES)
def test_counters_are_equal_to_the_metrics(
    place: Place,
    summary: duckdb.DuckDBPyConnection,
    dashboard: Dashboard,
    choice: Choice,
) -> None:
    shown = counters(dashboard)
    assert set(shown) == {
        *("revenue", "orders", "customers", "average_order_value", "gross_profit", "margin")
    }
    months, chosen = choice
    period = _period(place.gold.last, months)
    conditions = [f"{name} = '{value}'" for name, value in chosen.items()]
    if period:
        conditions += [
            f"{column} between date '{period.start}' and date '{period.end}'"
            for column in ("order_month", "linked_month")
        ]
    where = " and ".join(conditions) or "true"
    values = ", ".join(shown.values())
    found = summary.execute(f"select {values} from summary where {where}").fetchall()[0]
    request = Request(
        tuple(shown),
        (),
        tuple(Filter(name, (value,)) for name, value in chosen.items()),
        period,
    )
    true = summary.execute(compile_sql(request, place.analyst.view)).fetchall()[0]
    for name, one, other in zip(shown, found, true, strict=True):
        assert _to_the_cent(name, one) == _to_the_cent(name, other), (name, one, other)


def _period(last: date, months: int | None) -> Period | None:
    if months is None:
        return None
    number = last.year * 12 + last.month - months
    after = (last.replace(day=28) + timedelta(days=4)).replace(day=1)
    return Period(date(number // 12, number % 12 + 1, 1), after - timedelta(days=1), "")


def _to_the_cent(name: str, value: Any) -> Decimal:
    places = Decimal("0.000001") if name == "margin" else CENT
    return Decimal(str(value)).quantize(places, rounding="ROUND_HALF_UP")
