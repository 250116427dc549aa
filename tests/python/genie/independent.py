"""Answers counted on plain order lines, without the metric view and the compiler.

Answers to questions are compared with them. SQL adds up and counts; Python divides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb

Key = tuple[Any, ...]
Bounds = tuple[date | None, date | None]

# A line has the cost of its day; on an unknown day, the current one.
LINES = """
create temp table lines as
select
    f.order_number, f.customer_key, f.product_key, f.sales_amount, f.quantity, f.order_date,
    f.sales_amount - f.quantity * costs.cost as profit,
    date_diff('day', f.order_date, f.ship_date) as days_to_ship,
    f.ship_date > f.due_date as is_late,
    min(f.order_date) over (partition by f.customer_key) as first_order,
    case when p.is_inferred then 'n/a' else p.product_name end as product,
    p.product_number, p.category, p.subcategory, p.product_line, p.requires_maintenance,
    case
        when c.is_inferred then 'n/a'
        else c.first_name || ' ' || c.last_name || ' (' || c.customer_number || ')'
    end as customer,
    c.country, c.gender, c.marital_status,
    date_sub('year', c.birthdate, last_day) as age,
    case
        when age is null or age < 0 or age >= 120 then 'n/a'
        when age < 30 then 'Under 30'
        when age >= 70 then '70 and over'
        else age // 10 * 10 || ' to ' || (age // 10 * 10 + 9)
    end as age_group,
    age_group || ', ' || c.marital_status as customer_segment,
    date_trunc('week', f.order_date)::date as week,
    date_trunc('month', f.order_date)::date as month,
    date_trunc('quarter', f.order_date)::date as quarter,
    date_trunc('year', f.order_date)::date as year,
    dayname(f.order_date) as weekday
from fact_sales f
cross join (select max(order_date) as last_day from fact_sales)
join dim_products p using (product_key)
join dim_customers c using (customer_key)
join product_costs costs
    on f.product_key = costs.product_key
    and (f.order_date between costs.valid_from and costs.valid_to
        or (f.order_date is null and costs.is_current))
"""


@dataclass(frozen=True)
class Gold:
    """Every order line with what is known about its product, customer and day, as `lines`."""

    connection: duckdb.DuckDBPyConnection
    first: date
    last: date


def read_gold(published: Path) -> Gold:
    connection = duckdb.connect()
    connection.execute(f"attach '{published}' as published (read_only)")
    connection.execute("use published.gold")
    connection.execute(LINES)
    [(first, last, count)] = connection.execute(
        "select min(order_date), max(order_date), count(*) from lines"
    ).fetchall()
    assert connection.execute("select count(*) from fact_sales").fetchall() == [(count,)]
    return Gold(connection, first, last)


# --- Metrics -------------------------------------------------------------------------------------


def _to_cents(part: Decimal | None, whole: int | None) -> Decimal | None:
    if part is None or not whole:
        return None
    return (part / Decimal(whole)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def _ratio(part: Any, whole: Any) -> float | None:
    return None if part is None or not whole else float(part) / float(whole)


def _or_zero(value: Any) -> Any:
    return value or 0


def _same(value: Any) -> Any:
    return value


_ORDERS, _BUYERS = "count(distinct order_number)", "count(distinct customer_key)"
_COSTED = "sum(sales_amount) filter (profit is not null)"
METRICS: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "revenue": (_or_zero, ("sum(sales_amount)",)),
    "orders": (_same, (_ORDERS,)),
    "customers": (_same, (_BUYERS,)),
    "quantity": (_or_zero, ("sum(quantity)",)),
    "average_order_value": (_to_cents, ("sum(sales_amount)", _ORDERS)),
    "average_price": (_to_cents, ("sum(sales_amount)", "sum(quantity)")),
    "gross_profit": (_same, ("sum(profit)",)),
    "revenue_without_cost": (_or_zero, ("sum(sales_amount) filter (profit is null)",)),
    "margin": (_ratio, ("sum(profit)", _COSTED)),
    "days_to_ship": (_ratio, ("sum(days_to_ship)", "count(days_to_ship)")),
    "late_orders": (_same, (f"{_ORDERS} filter (is_late)",)),
    "new_customers": (_same, (f"{_BUYERS} filter (order_date = first_order)",)),
    "returning_share": (_ratio, (f"{_BUYERS} filter (order_date > first_order)", _BUYERS)),
    "products_sold": (_same, ("count(distinct product_key)",)),
}


# --- Periods -------------------------------------------------------------------------------------


def month_start(day: date, months: int = 0) -> date:
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def add_months(day: date, months: int) -> date:
    start = month_start(day, months)
    length = (month_start(start, 1) - start).days
    return start.replace(day=min(day.day, length))


_MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}


def unit_start(day: date, unit: str) -> date:
    if unit == "week":
        return day - timedelta(days=day.weekday())
    months = _MONTHS_OF[unit]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


@dataclass(frozen=True)
class Stretch:
    """Days from start to end, and in what they move: (months, days) to the stretch before."""

    start: date | None
    end: date | None
    months: int = 0
    days: int = 0


def stretch(name: str, gold: Gold) -> Stretch:
    """The days of a period as the files of questions name it."""
    name = str(name)
    if name == "all":
        return Stretch(None, None)
    if name == "known":
        return Stretch(gold.first, gold.last)
    if ".." in name:
        start, end = (date.fromisoformat(part) for part in name.split(".."))
        after = end + timedelta(days=1)
        if start.day == 1 and after.day == 1:
            months = (after.year - start.year) * 12 + after.month - start.month
            return Stretch(start, end, months=months)
        return Stretch(start, end, days=(end - start).days + 1)
    if name.startswith("since "):
        return Stretch(date.fromisoformat(name[6:]), None)
    if name.startswith("until "):
        return Stretch(None, date.fromisoformat(name[6:]))
    if name.startswith("latest-"):
        number = int(name[7:])
        start = date(gold.last.year - (number > gold.last.month), number, 1)
        return _months(start, 1)
    if name == "ytd":
        return _months(unit_start(gold.last, "year"), 12)
    words = name.split("_")
    if words[0] in ("this", "last") and len(words) == 2:
        return _unit(gold.last, words[1], 0 if words[0] == "this" else -1, 1)
    if words[0] == "last":
        count, unit = int(words[1]), words[2].rstrip("s")
        if unit == "day":
            return Stretch(gold.last - timedelta(days=count - 1), gold.last, days=count)
        return _unit(gold.last, unit, 1 - count, count)
    year, _, rest = name.partition("-")
    if not rest:
        return _months(date(int(year), 1, 1), 12)
    if rest[0] == "Q":
        return _months(date(int(year), 3 * int(rest[1]) - 2, 1), 3)
    if rest[0] == "H":
        return _months(date(int(year), 6 * int(rest[1]) - 5, 1), 6)
    return _months(date(int(year), int(rest), 1), 1)


def _months(start: date, count: int) -> Stretch:
    return Stretch(start, month_start(start, count) - timedelta(days=1), months=count)


def _unit(last: date, unit: str, offset: int, count: int) -> Stretch:
    if unit == "week":
        start = unit_start(last, "week") + timedelta(days=7 * offset)
        return Stretch(start, start + timedelta(days=7 * count - 1), days=7 * count)
    months = _MONTHS_OF[unit]
    return _months(month_start(unit_start(last, unit), offset * months), count * months)


def compared(name: str, against: str, gold: Gold) -> tuple[Bounds, Bounds]:
    """A period and the one it is compared with; of one that is not over, the same part."""
    now = stretch(name, gold)
    assert now.start
    end = now.end or gold.last
    months, days = (12, 0) if against == "year_before" else (now.months, now.days)
    if not now.end and against != "year_before":
        days = (end - now.start).days + 1

    def back(day: date) -> date:
        return add_months(day, -months) - timedelta(days=days)

    if end > gold.last:
        return (now.start, gold.last), (back(now.start), back(gold.last))
    earlier_end = back(end + timedelta(days=1)) - timedelta(days=1)
    return (now.start, end), (back(now.start), earlier_end)


# --- Answers -------------------------------------------------------------------------------------


def measure(
    gold: Gold,
    by: Sequence[str],
    metrics: Sequence[str],
    bounds: Bounds = (None, None),
    filters: Mapping[str, Sequence[str]] | None = None,
    without: Mapping[str, Sequence[str]] | None = None,
) -> dict[Key, tuple[Any, ...]]:
    """The metrics of the lines within the days that have the values, by dimensions."""
    start, end = bounds
    where = [f"order_date >= date '{start}'"] if start else []
    where += [f"order_date <= date '{end}'"] if end else []
    where += [f"{name} in ({_texts(values)})" for name, values in (filters or {}).items()]
    where += [f"{name} not in ({_texts(values)})" for name, values in (without or {}).items()]
    parts = [part for metric in metrics for part in METRICS[metric][1]]
    rows = gold.connection.execute(
        f"select {', '.join([*by, *parts])} from lines where {' and '.join(where) or 'true'}"
        f" group by {', '.join(by) or '()'}"
    ).fetchall()
    found = {}
    for row in rows:
        values = iter(row[len(by) :])
        key = tuple("n/a" if value is None else value for value in row[: len(by)])
        found[key] = tuple(
            finish(*(next(values) for _ in parts))
            for finish, parts in (METRICS[metric] for metric in metrics)
        )
    return found


def nothing(metric: str) -> Any:
    """A metric of no lines."""
    finish, parts = METRICS[metric]
    return finish(*(0 if part.startswith("count") else None for part in parts))


def _texts(values: Sequence[str]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)
