"""The dashboard's aggregates say what the metric view says, under every combination of filters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot

from lvdash.data import open_database
from lvdash.definition import Dashboard, load
from metric_ask import Period, Request, compile_sql
from tests.python.genie.places import Place

FILE = Path("dashboards/gold_sales.lvdash.json")
FILTERS = ("country", "category", "product_line")
SHOWN = (
    *("revenue", "orders", "customers", "average_order_value", "gross_profit", "margin"),
    "revenue_without_cost",
)
PERIODS = (None, 1, 6, 12)
"""The last so many months; None for everything, with the orders of an unknown day."""
SIX = Decimal("0.000001")

Rows = dict[tuple[Any, ...], tuple[Any, ...]]


@pytest.fixture(scope="module")
def gold(place: Place) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published tables, by their bare names."""
    with open_database(place.published, "gold") as database:
        database.connection.execute("use db.gold")
        yield database.connection


@pytest.fixture(scope="module")
def dashboard(project_dir: Path) -> Dashboard:
    return load(project_dir / FILE)


def chosen() -> list[tuple[str, ...]]:
    """Which filters have a value: none, one, two or all."""
    return [*chain(*(combinations(FILTERS, count) for count in range(len(FILTERS) + 1)))]


@pytest.mark.parametrize("months", PERIODS)
def test_the_summary_is_equal_to_the_metrics(
    place: Place, gold: duckdb.DuckDBPyConnection, dashboard: Dashboard, months: int | None
) -> None:
    """Grouped by the filters that have a value, so that every value of them is compared."""
    calculations = dashboard.datasets["sales_summary"].calculations | {
        "Revenue without cost": "SUM(`revenue_without_cost`)"
    }
    shown = [calculations[name.replace("_", " ").capitalize()] for name in SHOWN]
    values = [sqlglot.transpile(each, read="databricks", write="duckdb")[0] for each in shown]
    period = last_months(place, months)
    for filters in chosen():
        where = [f"{name} is not null" for name in filters if name != "country"]
        found = grouped(gold, "dashboard_sales_summary", filters, values, period, where)
        true = metrics(place, gold, SHOWN, filters, period)
        assert with_orders(found) == with_orders(true), (filters, months)


@pytest.mark.parametrize(
    ("table", "dimensions", "measures", "where"),
    [
        (
            "dashboard_product_sales",
            {
                **{name: name for name in (*FILTERS, "subcategory")},
                "month": "order_month",
                "product": "product_name",
            },
            {
                name: f"sum({name})"
                for name in ("revenue", "quantity", "gross_profit", "revenue_without_cost")
            },
            "true",
        ),
        *(
            (
                "dashboard_customer_segments",
                {"country": "country", dimension: "segment"},
                {"customers": "sum(customers)", "revenue": "sum(revenue)"},
                f"segment_kind = '{dimension.replace('_', ' ').capitalize()}'",
            )
            for dimension in ("age_group", "marital_status", "gender")
        ),
        (
            "dashboard_new_and_returning",
            {"country": "country", "month": "order_month"},
            {
                "customers": "sum(customers)",
                "new_customers": "coalesce(sum(customers) filter (customer_kind = 'New'), 0)",
            },
            "true",
        ),
        (
            "dashboard_customer_movements",
            {"country": "country"},
            {"revenue": "sum(revenue)"},
            "period_kind = 'Last twelve months'",
        ),
    ],
)
def test_a_table_is_equal_to_the_metrics(
    place: Place,
    gold: duckdb.DuckDBPyConnection,
    table: str,
    dimensions: dict[str, str],
    measures: dict[str, str],
    where: str,
) -> None:
    period = last_months(place, 12 if "movements" in table or "segments" in table else 1000)
    linked = period if "segments" in table else None
    if table == "dashboard_product_sales":
        period = None
    found = grouped(gold, table, [*dimensions.values()], [*measures.values()], linked, [where])
    true = metrics(place, gold, [*measures], [*dimensions], period)
    assert with_orders(found) == with_orders(true)


def grouped(
    gold: duckdb.DuckDBPyConnection,
    table: str,
    columns: Sequence[str],
    values: Sequence[str],
    period: Period | None,
    where: Sequence[str],
) -> Rows:
    """Measures of an aggregate by some of its columns, over a period of its months."""
    conditions = ["true", *where]
    if period:
        conditions += [
            f"{column} between date '{period.start}' and date '{period.end}'"
            for column in ("order_month", "linked_month")
        ]
    sql = f"select {', '.join([*columns, *values])} from {table} where {' and '.join(conditions)}"
    return rows(gold.execute(f"{sql} group by {', '.join(columns) or '()'}"), len(columns))


def metrics(
    place: Place,
    gold: duckdb.DuckDBPyConnection,
    names: Sequence[str],
    dimensions: Sequence[str],
    period: Period | None,
) -> Rows:
    """The same by the metric view."""
    request = Request(tuple(names), tuple(dimensions), (), period)
    return rows(gold.execute(compile_sql(request, place.analyst.view)), len(dimensions))


def rows(cursor: duckdb.DuckDBPyConnection, keys: int) -> Rows:
    return {row[:keys]: tuple(map(rounded, row[keys:])) for row in cursor.fetchall()}


def with_orders(rows: Rows) -> Rows:
    """Without what has no order, for which aggregates may have a row of zeros."""
    return {key: values for key, values in rows.items() if any(values)}


def rounded(value: Any) -> Any:
    return None if value is None else Decimal(str(value)).quantize(SIX, rounding="ROUND_HALF_UP")


def last_months(place: Place, months: int | None) -> Period | None:
    if months is None:
        return None
    last = place.gold.last
    number = last.year * 12 + last.month - months
    after = (last.replace(day=28) + timedelta(days=4)).replace(day=1)
    return Period(date(number // 12, number % 12 + 1, 1), after - timedelta(days=1), "")
