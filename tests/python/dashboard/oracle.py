"""The numbers of the dashboard once more, as plain SQL on gold, one query a widget.

Nothing here is taken from the dashboard's own SQL: every figure is counted from order lines,
with the filters in the where clause.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb

Rows = dict[tuple[Any, ...], tuple[Any, ...]]
"""Results by their keys."""

SALES = """
create temp view sales as
select
    f.*,
    c.country, c.marital_status, c.gender, c.birthdate, c.customer_number,
    case when c.is_inferred then 'Not described yet' else c.first_name || ' ' || c.last_name end
        as customer_name,
    p.product_name, p.category, p.subcategory, p.product_line,
    f.sales_amount - f.quantity * k.cost as gross_profit,
    date_trunc('month', f.order_date)::date as order_month
from fact_sales f
join dim_customers c using (customer_key)
join dim_products p using (product_key)
asof join product_costs k
    on f.product_key = k.product_key and coalesce(f.order_date, date '9999-12-31') >= k.valid_from
"""

CENT = Decimal("0.01")
KINDS = {
    "customers_by_age": "Age group",
    "customers_by_marital_status": "Marital status",
    "customers_by_gender": "Gender",
}
"""The kind of segment that a chart is of."""
COSTED = "sales_amount * (gross_profit is not null)::int"
"""The revenue that gross profit and margin are of."""


@dataclass(frozen=True)
class Choice:
    """A combination of filters. Months are given by their first day; None is open."""

    first: date | None = None
    last: date | None = None
    countries: tuple[str, ...] = ()
    category: str | None = None
    product_line: str | None = None
    chosen: tuple[tuple[str, tuple[str | None, ...]], ...] = ()
    """What else is chosen in charts: columns and their values."""

    @property
    def address(self) -> str:
        """The same in the page's address."""
        edges = f"{self.first or ''}..{self.last or ''}"
        parts = [f"order_month={edges}", f"country={'|'.join(self.countries)}"]
        parts += [f"category={self.category or ''}", f"product_line={self.product_line or ''}"]
        return "&".join(parts)


def month_after(day: date, months: int) -> date:
    """The first day of the month so many months after that of a day."""
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def month_end(day: date) -> date:
    return month_after(day, 1) - timedelta(days=1)


@dataclass
class Oracle:
    """Counts on a published file."""

    published: Path
    connection: duckdb.DuckDBPyConnection = field(init=False)
    first_day: date = field(init=False)
    last_day: date = field(init=False)

    def __post_init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute(f"attach '{self.published}' as published (read_only)")
        self.connection.execute("use published.gold")
        self.connection.execute(SALES.replace("temp view", "or replace temp table"))
        self.first_day, self.last_day = self.one(
            "select min(order_date), max(order_date) from sales"
        )

    def one(self, sql: str) -> Any:
        row = self.connection.execute(sql).fetchone()
        assert row is not None
        return row

    def all(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    def values(self, column: str) -> list[str]:
        return [row[0] for row in self.all(f"select distinct {column} from sales order by 1")]

    # ---- where clauses ----------------------------------------------------------------------

    def country(self, choice: Choice) -> str:
        if not choice.countries:
            return "true"
        return f"country in ({', '.join(quote(name) for name in choice.countries)})"

    def product(self, choice: Choice) -> str:
        named = {"category": choice.category, "product_line": choice.product_line}
        parts = [f"{column} = {quote(value)}" for column, value in named.items() if value]
        for column, values in choice.chosen:
            expression = self.month_part() if column == "month_part" else column
            listed = ", ".join("null" if value is None else quote(value) for value in values)
            parts.append(f"coalesce({expression}, '') in ({listed.replace('null', repr(''))})")
        return " and ".join(parts) or "true"

    def days(self, choice: Choice) -> str:
        parts = []
        if choice.first:
            parts.append(f"order_date >= date '{choice.first}'")
        if choice.last:
            parts.append(f"order_date <= date '{month_end(choice.last)}'")
        return " and ".join(parts) or "true"

    def where(self, choice: Choice) -> str:
        return " and ".join((self.country(choice), self.product(choice), self.days(choice)))

    def before(self, choice: Choice, previous: bool = False) -> str | None:
        """The days that a choice is compared with, or None when there are none.

        Periods of up to a year are compared with the same months a year before. When the data does
        not reach back that far, or the previous period is asked for, one, three and six months are
        compared with as many months before them. Of a running month the same part is taken.
        """
        if choice.first is None or choice.last is None:
            return None
        months = (choice.last.year - choice.first.year) * 12
        months += choice.last.month - choice.first.month + 1
        if months > 12:
            return None
        steps = [12, months] if months in (1, 3, 6) else [12]
        for step in reversed(steps) if previous else steps:
            if days := self.earlier(choice.first, choice.last, step):
                return days
        return None

    def earlier(self, first: date, last: date, step: int) -> str | None:
        """The days of the months so many months before, or None where the data begins later."""
        first_before, last_before = month_after(first, -step), month_after(last, -step)
        whole = self.first_day if self.first_day.day == 1 else month_after(self.first_day, 1)
        if first_before < whole:
            return None
        end = month_end(last_before)
        if last == self.last_day.replace(day=1) and self.last_day != month_end(self.last_day):
            end = min(end, last_before + timedelta(days=self.last_day.day - 1))
        return f"order_date between date '{first_before}' and date '{end}'"

    # ---- widgets ----------------------------------------------------------------------------

    def counters(self, where: str) -> dict[str, float | None]:
        revenue, orders, customers, profit, costed = self.one(
            "select sum(sales_amount), count(distinct order_number), "
            "count(distinct customer_key), sum(gross_profit), "
            f"sum({COSTED}) from sales where {where}"
        )
        if revenue is None:
            return {}
        return {
            "revenue": float(revenue),
            "orders": orders,
            "customers": customers,
            "average_order_value": float((revenue / orders).quantize(CENT, ROUND_HALF_UP)),
            "gross_profit": None if profit is None else float(profit),
            "margin": float(profit / costed) if costed else None,
        }

    def grouped(self, keys: str, values: str, where: str) -> Rows:
        count = len(keys.split(","))
        rows = self.all(f"select {keys}, {values} from sales where {where} group by {keys}")
        return {row[:count]: row[count:] for row in rows}

    def charts(self, choice: Choice) -> dict[str, Rows]:
        """Page 1's charts and tables that follow all filters."""
        where = self.where(choice)
        revenue = "sum(sales_amount)"
        whole = f"{where} and {self.whole_months()}"
        return {
            "revenue_by_month": self.grouped("order_month", revenue, where),
            "revenue_by_country": self.grouped("country", revenue, where),
            "bikes_by_month": self.grouped(
                "order_month, subcategory", revenue, f"{whole} and category = 'Bikes'"
            ),
            "other_categories_by_month": self.grouped(
                "order_month, category", revenue, f"{whole} and category <> 'Bikes'"
            ),
            "revenue_by_subcategory": self.grouped("subcategory, category", revenue, where),
            "top_products": self.products(where),
            "order_value_by_country": self.grouped(
                "country", f"round(100 * {revenue} / count(distinct order_number)) / 100", where
            ),
            "line_by_country": self.grouped("country, product_line", revenue, where),
        }

    def products(self, where: str) -> Rows:
        """Revenue, margin and change against the same months a year before, by product.

        A sale counts a second time twelve months later, as what that month is compared with; of a
        last month that is not over only the same days are. Without a year before there is no
        change.
        """
        last, whole = self.last_day.replace(day=1), self.first_day
        whole = whole if whole.day == 1 else month_after(whole, 1)
        year = "interval 12 month"
        later = (
            f"select * replace ((order_date + {year})::date as order_date, "
            f"(order_month + {year})::date as order_month) from sales "
            f"where order_date + {year} <= date '{month_end(last)}'"
        )
        if self.last_day != month_end(self.last_day):
            later += (
                f" and not (order_month + {year} = date '{last}'"
                f" and day(order_date) > {self.last_day.day})"
            )
        rows = self.all(
            "with both_years as ("
            f"select product_name, category, order_month, sales_amount, gross_profit, "
            f"{COSTED} as costed, 0 as before from sales where {where} union all "
            "select product_name, category, order_month, 0, null, 0, sales_amount "
            f"from ({later}) where {where}) "
            "select product_name, category, sum(sales_amount), "
            "sum(gross_profit) / nullif(sum(costed), 0), "
            f"case when min(order_month) >= date '{month_after(whole, 12)}' "
            "then sum(sales_amount) - sum(before) end from both_years group by all"
        )
        return {row[:2]: row[2:] for row in rows}

    def moved(self, choice: Choice, previous: bool = False) -> dict[str, Rows]:
        """Revenue of the period, of the one it is compared with, and the change."""
        days = self.before(choice, previous)
        where = f"{self.country(choice)} and {self.product(choice)}"
        found: dict[str, Rows] = {}
        for name, keys in (
            ("categories_moved", "category, product_line"),
            ("countries_moved", "country"),
        ):
            now = self.grouped(keys, "sum(sales_amount)", self.where(choice))
            before = self.grouped(keys, "sum(sales_amount)", f"{where} and {days or 'false'}")
            found[name] = {}
            for key in now | before:
                revenue, compared = now.get(key, (0,))[0], before.get(key, (0,))[0]
                figures = (compared, revenue - compared) if days else (None, None)
                found[name][key] = (revenue, *figures)
        return found

    def whole_months(self) -> str:
        first, last = self.first_day, self.last_day
        parts = ["order_date is not null"]
        if first.day > 1:
            parts.append(f"order_month <> date '{first.replace(day=1)}'")
        if last != month_end(last):
            parts.append(f"order_month <> date '{last.replace(day=1)}'")
        return " and ".join(parts)

    def month_part(self) -> str:
        """Whether the month of an order is whole, as an expression."""
        return (
            f"case when order_date is null then null when {self.whole_months()} "
            "then 'Whole month' else 'Part of a month' end"
        )

    def is_one_click(self, choice: Choice) -> bool:
        """Whether the page holds the customers of the chosen months: all dates, or one click's."""
        first, last = self.months(choice)
        newest = self.last_day.replace(day=1)
        year = (date(first.year, 1, 1), date(first.year, 12, 1))
        back = (newest.year - first.year) * 12 + newest.month - first.month
        return (
            (choice.first, choice.last) == (None, None)
            or (first, last) == self.months(Choice(*year))
            or (last == newest and back in (11, 2, (newest.month - 1) % 3))
        )

    def months(self, choice: Choice) -> tuple[date, date]:
        """The first and the last of the chosen months that have orders."""
        first, last = self.first_day.replace(day=1), self.last_day.replace(day=1)
        return max(first, choice.first or first), min(last, choice.last or last)

    def is_held(self, choice: Choice, name: str) -> bool:
        """Whether a card of customers can show the chosen months."""
        has_year_before = name == "key_customers" or self.compared(choice) is not None
        return self.is_one_click(choice) and has_year_before

    def twelve_months(self, choice: Choice) -> Choice:
        """The same choice in the twelve months to the last order."""
        last = self.last_day.replace(day=1)
        return replace(choice, first=month_after(last, -11), last=last)

    def compared(self, choice: Choice) -> str | None:
        """The days that customers' revenue is compared with: the same months a year before."""
        if choice.first is None and choice.last is None:
            return None
        return self.earlier(*self.months(choice), 12)

    def customer_changes(self, choice: Choice) -> list[tuple[Any, ...]]:
        """Each customer's revenue of the chosen months and of those a year before, or NULL."""
        now, before = self.days(choice), self.compared(choice)
        return self.all(
            "select country, customer_number, customer_name, "
            f"coalesce(sum(sales_amount) filter ({now}), 0) as now, "
            + (f"coalesce(sum(sales_amount) filter ({before}), 0)" if before else "null")
            + f" as before, count(distinct order_number) filter ({now}) as orders, "
            f"max(order_date) filter ({now}), customer_key "
            f"from sales where {self.country(choice)} and (({now}) or ({before or 'false'})) "
            "group by country, customer_number, customer_name, customer_key"
        )

    def customer_tables(self, choice: Choice) -> dict[str, Rows]:
        """Key customers and those who grow and decline: by country and place.

        Where the page does not hold the chosen months, or they have no year before, the twelve
        months to the last order stand for them.
        """
        year = self.twelve_months(choice)
        rows, compared = (
            self.customer_changes(choice if self.is_held(choice, name) else year)
            for name in ("key_customers", "customer_movements")
        )
        key = best(rows, lambda r: (-r[3], r[1], r[7]), lambda r: r[3] > 0, 10)
        growing = best(
            compared, lambda r: (-(r[3] - r[4]), r[1], r[7]), lambda r: r[3] > r[4] > 0, 5
        )
        declining = best(compared, lambda r: (r[3] - r[4], r[1], r[7]), lambda r: r[3] < r[4], 5)
        return {
            "key_customers": {
                (number, country, float(now)): (
                    orders,
                    last and last.isoformat(),
                    None if before is None else now - before,
                )
                for country, number, _, now, before, orders, last, _ in key
            },
            "growing_customers": changed(growing),
            "declining_customers": changed(declining),
            "customer_movements": movements(compared),
        }

    def customers(self, choice: Choice) -> dict[str, Rows]:
        """Page 2: segments, new and returning customers, cohorts."""
        where = f"{self.country(choice)} and {self.days(choice)}"
        age = (
            f"date_diff('year', birthdate, date '{self.last_day}') - case when "
            f"strftime(birthdate, '%m%d') > '{self.last_day:%m%d}' then 1 else 0 end"
        )
        group = (
            f"case when birthdate is null then 'n/a' when {age} < 30 then 'Under 30' "
            f"when {age} >= 70 then '70 and over' "
            f"else (({age}) // 10 * 10) || ' to ' || (({age}) // 10 * 10 + 9) end"
        )
        figures = "count(distinct customer_key), sum(sales_amount)"
        segments: Rows = {}
        charts: dict[str, Rows] = {}
        expressions = (group, "marital_status", "gender")
        for (name, kind), expression in zip(KINDS.items(), expressions, strict=True):
            rows = self.all(
                f"select {expression} as segment, {figures} from sales where {where} group by 1"
            )
            charts[name] = {(segment,): (count,) for segment, count, _ in rows}
            segments |= {(segment, kind): (count, money) for segment, count, money in rows}
        firsts = (
            "(select customer_key, min(order_month) as first_month, "
            "min(date_trunc('quarter', order_date))::date as first_quarter "
            "from sales where order_date is not null group by 1)"
        )
        new = self.all(
            "select order_month, case when order_month = first_month then 'New' "
            "else 'Returning' end, count(distinct customer_key) "
            f"from sales join {firsts} using (customer_key) "
            f"where {where} and {self.whole_months()} group by 1, 2"
        )
        return {
            **charts,
            "segments": segments,
            "customers_by_country": self.grouped(
                "country", "count(distinct customer_key)", self.where(choice)
            ),
            "new_and_returning": {(month, kind): (count,) for month, kind, count in new},
            "cohort_retention": self.cohorts(choice, firsts),
        }

    def cohorts(self, choice: Choice, firsts: str) -> Rows:
        quarters = self.all(
            "select distinct quarter_start_date from dim_dates where quarter_start_date between "
            f"date_trunc('quarter', date '{self.first_day}') and date '{self.last_day}' order by 1"
        )
        whole = [q for (q,) in quarters if month_after(q, 3) - timedelta(days=1) <= self.last_day]
        active = self.all(
            "select first_quarter, date_trunc('quarter', order_date)::date, "
            f"count(distinct customer_key) from sales join {firsts} using (customer_key) "
            f"where {self.country(choice)} and order_date is not null group by 1, 2"
        )
        counts = {(cohort, quarter): count for cohort, quarter, count in active}
        found: Rows = {}
        for place, cohort in enumerate(whole):
            size = counts.get((cohort, cohort), 0)
            for later, quarter in enumerate(whole[place + 1 :], start=1):
                if size:
                    name = f"{cohort.year} Q{(cohort.month + 2) // 3}"
                    found[(name, later)] = (counts.get((cohort, quarter), 0) / size,)
        return found


def best(
    rows: list[tuple[Any, ...]],
    order: Callable[[tuple[Any, ...]], Any],
    keep: Callable[[tuple[Any, ...]], bool],
    most: int,
) -> list[tuple[Any, ...]]:
    """The first rows of each country."""
    found = []
    for country in sorted({row[0] for row in rows}):
        found += sorted((r for r in rows if r[0] == country and keep(r)), key=order)[:most]
    return found


def changed(rows: list[tuple[Any, ...]]) -> Rows:
    return {(r[2], r[0], float(r[3])): (r[4], r[3] - r[4]) for r in rows}


def movements(rows: list[tuple[Any, ...]]) -> Rows:
    names = {1: "Growing", 0: "Unchanged", -1: "Declining"}
    counts = Counter(
        names[(now > before) - (now < before)] if now else "Without an order"
        for _, _, _, now, before, *_ in rows
        if before != 0
    )
    return {(name,): (count,) for name, count in counts.items()}


def quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
