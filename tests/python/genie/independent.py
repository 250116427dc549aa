"""Answers computed row by row in Python, without the metric view, the compiler or any SQL but
`select`: what the answers to questions are compared with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb

Row = Mapping[str, Any]
Key = tuple[Any, ...]
Bounds = tuple[date | None, date | None]


@dataclass(frozen=True)
class Gold:
    """Every order line with what is known about its product, customer and day."""

    lines: list[dict[str, Any]]
    first: date
    last: date


def read_gold(published: Path) -> Gold:
    connection = duckdb.connect(str(published), read_only=True)
    try:
        tables = {
            name: _records(connection, f"select * from gold.{name}")
            for name in ("fact_sales", "dim_products", "product_costs", "dim_customers")
        }
    finally:
        connection.close()
    products = {row["product_key"]: row for row in tables["dim_products"]}
    customers = {row["customer_key"]: row for row in tables["dim_customers"]}
    costs: dict[int, list[Row]] = defaultdict(list)
    for row in tables["product_costs"]:
        costs[row["product_key"]].append(row)
    first_orders: dict[int, date] = {}
    for row in tables["fact_sales"]:
        day = row["order_date"]
        if day is not None:
            known = first_orders.get(row["customer_key"], day)
            first_orders[row["customer_key"]] = min(known, day)
    days = [row["order_date"] for row in tables["fact_sales"] if row["order_date"]]
    ages = {key: age_group(row["birthdate"], max(days)) for key, row in customers.items()}
    lines = [
        _line(
            row,
            {
                **products[row["product_key"]],
                "cost": cost_of_the_day(costs[row["product_key"]], row["order_date"]),
            },
            {**customers[row["customer_key"]], "age_group": ages[row["customer_key"]]},
            first_orders,
        )
        for row in tables["fact_sales"]
    ]
    return Gold(lines, min(days), max(days))


def _records(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    result = connection.execute(sql)
    names = [each[0] for each in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _line(
    row: Row, product: Row, customer: Row, first_orders: Mapping[int, date]
) -> dict[str, Any]:
    day: date | None = row["order_date"]
    full_name = f"{customer['first_name']} {customer['last_name']} ({customer['customer_number']})"
    return {
        "order": row["order_number"],
        "customer_key": row["customer_key"],
        "product_key": row["product_key"],
        "amount": row["sales_amount"],
        "pieces": row["quantity"],
        "profit": None
        if product["cost"] is None
        else row["sales_amount"] - row["quantity"] * product["cost"],
        "days_to_ship": None
        if day is None or row["ship_date"] is None
        else (row["ship_date"] - day).days,
        "late": bool(row["ship_date"] and row["due_date"] and row["ship_date"] > row["due_date"]),
        "first_order": first_orders.get(row["customer_key"]),
        "day": day,
        "product": "n/a" if product["is_inferred"] else product["product_name"],
        "product_number": product["product_number"],
        "category": product["category"],
        "subcategory": product["subcategory"],
        "product_line": product["product_line"],
        "requires_maintenance": product["requires_maintenance"],
        "customer": "n/a" if customer["is_inferred"] else full_name,
        "country": customer["country"],
        "gender": customer["gender"],
        "marital_status": customer["marital_status"],
        "age_group": customer["age_group"],
        "customer_segment": f"{customer['age_group']}, {customer['marital_status']}",
        "order_date": day or "n/a",
        "week": day - timedelta(days=day.weekday()) if day else "n/a",
        "month": day.replace(day=1) if day else "n/a",
        "quarter": date(day.year, 3 * ((day.month - 1) // 3) + 1, 1) if day else "n/a",
        "year": date(day.year, 1, 1) if day else "n/a",
        "weekday": day.strftime("%A") if day else "n/a",
    }


def cost_of_the_day(periods: Iterable[Row], day: date | None) -> Decimal | None:
    """The cost in the period of a day; of an unknown day, in the current one."""
    costs: list[Decimal | None] = [
        each["cost"]
        for each in periods
        if (each["is_current"] if day is None else each["valid_from"] <= day <= each["valid_to"])
    ]
    (cost,) = costs
    return cost


def age_group(birth: date | None, day: date) -> str:
    if birth is None:
        return "n/a"
    age = day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
    if age < 0 or age >= 120:
        return "n/a"
    if age < 30:
        return "Under 30"
    if age >= 70:
        return "70 and over"
    return f"{age // 10 * 10} to {age // 10 * 10 + 9}"


# --- Metrics -------------------------------------------------------------------------------------


def _distinct(lines: Iterable[Row], name: str) -> int:
    return len({line[name] for line in lines})


def _to_cents(part: Decimal, whole: int) -> Decimal | None:
    if not whole:
        return None
    return (part / whole).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def _revenue(lines: Sequence[Row]) -> Decimal:
    return sum((line["amount"] for line in lines), Decimal(0))


def _costed(lines: Sequence[Row]) -> list[Row]:
    return [line for line in lines if line["profit"] is not None]


def _profit(lines: Sequence[Row]) -> Decimal | None:
    return sum((line["profit"] for line in _costed(lines)), Decimal(0)) if _costed(lines) else None


def _margin(lines: Sequence[Row]) -> float | None:
    profit, revenue = _profit(lines), _revenue(_costed(lines))
    return None if profit is None or not revenue else float(profit / revenue)


def _days_to_ship(lines: Sequence[Row]) -> float | None:
    days = [line["days_to_ship"] for line in lines if line["days_to_ship"] is not None]
    return sum(days) / len(days) if days else None


def _returning_share(lines: Sequence[Row]) -> float | None:
    again = [line for line in lines if line["day"] and line["day"] > line["first_order"]]
    everybody = _distinct(lines, "customer_key")
    return _distinct(again, "customer_key") / everybody if everybody else None


METRICS: dict[str, Callable[[Sequence[Row]], Any]] = {
    "revenue": _revenue,
    "orders": lambda lines: _distinct(lines, "order"),
    "customers": lambda lines: _distinct(lines, "customer_key"),
    "quantity": lambda lines: sum(line["pieces"] for line in lines),
    "average_order_value": lambda lines: _to_cents(_revenue(lines), _distinct(lines, "order")),
    "average_price": lambda lines: _to_cents(
        _revenue(lines), sum(line["pieces"] for line in lines)
    ),
    "gross_profit": _profit,
    "revenue_without_cost": lambda lines: _revenue(lines) - _revenue(_costed(lines)),
    "margin": _margin,
    "days_to_ship": _days_to_ship,
    "late_orders": lambda lines: _distinct([line for line in lines if line["late"]], "order"),
    "new_customers": lambda lines: _distinct(
        [line for line in lines if line["day"] and line["day"] == line["first_order"]],
        "customer_key",
    ),
    "returning_share": _returning_share,
    "products_sold": lambda lines: _distinct(lines, "product_key"),
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


def select(
    gold: Gold,
    bounds: Bounds = (None, None),
    filters: Mapping[str, Sequence[str]] | None = None,
    without: Mapping[str, Sequence[str]] | None = None,
) -> list[dict[str, Any]]:
    start, end = bounds
    return [
        line
        for line in gold.lines
        if (start is None or (line["day"] and line["day"] >= start))
        and (end is None or (line["day"] and line["day"] <= end))
        and all(line[name] in values for name, values in (filters or {}).items())
        and not any(line[name] in values for name, values in (without or {}).items())
    ]


def measure(
    lines: Iterable[dict[str, Any]], by: Sequence[str], metrics: Sequence[str]
) -> dict[Key, tuple[Any, ...]]:
    groups: dict[Key, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        groups[tuple(line[name] for name in by)].append(line)
    if not by and not groups:
        groups[()] = []
    return {
        key: tuple(METRICS[metric](members) for metric in metrics)
        for key, members in groups.items()
    }
