"""The analyses compile, run on what is published, and agree with sums made without them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.python.conftest import PROJECT, shared_lake

FOLDER = PROJECT / "docs" / "analyses"

COLUMNS = {
    "average_order_value_by_country": "country customers orders revenue average_order_value",
    "days_to_ship": "quarter_start_date orders fewest_days average_days most_days late_lines",
    "orders_by_age_group": "age_group orders customers revenue",
    "profit_at_cost_of_the_day": "category order_lines revenue cost_of_the_day cost_now "
    "gross_profit_of_the_day gross_profit_now revenue_without_cost_of_the_day "
    "revenue_without_cost_now",
    "profit_by_category": "category product_line revenue revenue_without_cost cost gross_profit "
    "margin",
    "quantity_by_country": "country year quantity products_sold orders",
    "sales_by_category": "category subcategory orders quantity revenue share_of_revenue",
    "sales_by_month": "month_start_date orders customers quantity revenue change_on_month_before",
    "sales_by_product": "product_number product_name category orders quantity revenue "
    "last_order_date",
    "top_customers": "customer_id customer_number first_name last_name country orders quantity "
    "revenue first_order_date last_order_date",
    "top_products": "category place product_number product_name quantity revenue",
    "totals": "order_lines orders customers products_sold quantity revenue gross_profit "
    "revenue_without_cost average_order_value first_order_date last_order_date",
}
"""Each analysis and its columns, in order."""

AGE_GROUPS = {"under 30", "30 to 39", "40 to 49", "50 to 59", "60 to 69", "70 and over", "n/a"}

Row = dict[str, Any]
Ask = Callable[[str], list[Row]]


@dataclass(frozen=True)
class Answers:
    """The rows of each analysis, and a way to ask for something else."""

    rows: dict[str, list[Row]]
    ask: Ask

    def one(self, sql: str) -> Any:
        """Return the only value of a query on gold."""
        [row] = self.ask(sql)
        [value] = row.values()
        return value

    def total(self, analysis: str, column: str) -> Any:
        """Return the sum of a column."""
        return sum(row[column] or 0 for row in self.rows[analysis])


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The SQL of each analysis, as dbt compiles it for DuckDB."""
    lake = shared_lake(tmp_path_factory.getbasetemp() / "lake")
    return lake.compile("resource_type:analysis")


def answers(published: Path, compiled: dict[str, str]) -> Answers:
    """Run every analysis on a published file, under the name that gold has while it is built."""
    connection = duckdb.connect()
    connection.execute(f"attach '{published}' as gold_next (read_only)")
    connection.execute("use gold_next.gold")

    def ask(sql: str) -> list[Row]:
        cursor = connection.execute(sql)
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    return Answers({name: ask(sql) for name, sql in compiled.items()}, ask)


@pytest.fixture(scope="session")
def sample(published_sample: Path, compiled: dict[str, str]) -> Answers:
    return answers(published_sample, compiled)


@pytest.fixture(scope="session")
def bootcamp(published_bootcamp: Path, compiled: dict[str, str]) -> Answers:
    return answers(published_bootcamp, compiled)


@pytest.fixture(params=["sample", pytest.param("bootcamp", marks=pytest.mark.slow)])
def either(request: pytest.FixtureRequest) -> Answers:
    """First the sample files, then the real ones where they are."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Answers)
    return found


def test_every_analysis_is_expected_here_and_described(compiled: dict[str, str]) -> None:
    assert set(compiled) == set(COLUMNS)
    described = (FOLDER / "_analyses.yml").read_text(encoding="utf-8")
    assert [name for name in COLUMNS if f"name: {name}\n" not in described] == []


@pytest.mark.parametrize("name", COLUMNS)
def test_every_file_begins_with_its_question(name: str) -> None:
    first = (FOLDER / f"{name}.sql").read_text(encoding="utf-8").split("with\n")[0]
    assert all(line.startswith("-- ") for line in first.splitlines())
    assert "?" in first


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_and_rows(either: Answers, name: str) -> None:
    rows = either.rows[name]
    assert rows
    assert {tuple(row) for row in rows} == {tuple(COLUMNS[name].split())}


def test_totals_are_those_of_the_fact(either: Answers) -> None:
    [totals] = either.rows["totals"]
    assert totals["order_lines"] == either.one("select count(*) from fact_sales")
    assert totals["orders"] == either.one("select count(distinct order_number) from fact_sales")
    assert totals["customers"] == either.one("select count(distinct customer_key) from fact_sales")
    assert totals["revenue"] == either.one("select sum(quantity * price) from fact_sales")
    average = totals["revenue"] / totals["orders"]
    assert abs(totals["average_order_value"] - average) <= Decimal("0.005")
    assert totals["first_order_date"] < totals["last_order_date"]


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("sales_by_product", "revenue quantity"),
        ("sales_by_category", "revenue quantity"),
        ("sales_by_month", "revenue quantity orders"),
        ("profit_by_category", "revenue gross_profit"),
        ("profit_at_cost_of_the_day", "revenue order_lines"),
        ("quantity_by_country", "quantity orders"),
        ("orders_by_age_group", "revenue orders"),
        ("average_order_value_by_country", "revenue orders customers"),
    ],
)
def test_parts_add_up_to_the_totals(either: Answers, name: str, columns: str) -> None:
    [totals] = either.rows["totals"]
    for column in columns.split():
        assert either.total(name, column) == totals[column], column


def test_every_product_is_listed_once_the_unsold_with_nothing(either: Answers) -> None:
    rows = either.rows["sales_by_product"]
    numbers = [row["product_number"] for row in rows]
    assert len(numbers) == len(set(numbers)) == either.one("select count(*) from dim_products")
    assert sum(row["orders"] > 0 for row in rows) == either.rows["totals"][0]["products_sold"]
    assert all(row["revenue"] == 0 and row["quantity"] == 0 for row in rows if row["orders"] == 0)


def test_shares_of_categories_add_up_to_one(either: Answers) -> None:
    assert either.total("sales_by_category", "share_of_revenue") == pytest.approx(1, abs=1e-4)


def test_no_month_is_left_out(either: Answers) -> None:
    rows = [row for row in either.rows["sales_by_month"] if row["month_start_date"]]
    months = [row["month_start_date"].year * 12 + row["month_start_date"].month for row in rows]
    assert months == list(range(months[0], months[-1] + 1))
    changes = [row["change_on_month_before"] for row in rows]
    assert changes[0] is None
    assert sum(changes[1:]) == rows[-1]["revenue"] - rows[0]["revenue"]


def test_margins_are_profit_by_revenue(either: Answers) -> None:
    rows = either.rows["profit_by_category"]
    left_out = either.one(
        "select coalesce(sum(sales_amount), 0) from fact_sales asof join product_costs"
        " on fact_sales.product_key = product_costs.product_key"
        " and coalesce(order_date, date '9999-12-31') >= valid_from where cost is null"
    )
    assert sum(row["revenue_without_cost"] for row in rows) == left_out
    for row in rows:
        costed = row["revenue"] - row["revenue_without_cost"]
        if row["cost"] is None:
            assert row["gross_profit"] is row["margin"] is None
            assert costed == 0
            continue
        assert costed - row["cost"] == row["gross_profit"]
        assert row["margin"] == pytest.approx(float(row["gross_profit"] / costed), abs=1e-6)


def test_costs_of_the_day_are_those_of_the_version_valid_then(either: Answers) -> None:
    expected = either.one(
        """
        select sum(sales.quantity * (
            select costs.cost from product_costs as costs
            where costs.product_key = sales.product_key
                and costs.valid_from <= coalesce(sales.order_date, date '9999-12-31')
            order by costs.valid_from desc limit 1
        )) from fact_sales as sales
        """
    )
    rows = either.rows["profit_at_cost_of_the_day"]
    assert either.total("profit_at_cost_of_the_day", "cost_of_the_day") == expected
    assert any(row["cost_of_the_day"] != row["cost_now"] for row in rows)
    assert all(
        row["gross_profit_of_the_day"]
        == row["revenue"] - row["revenue_without_cost_of_the_day"] - row["cost_of_the_day"]
        for row in rows
        if row["cost_of_the_day"] is not None
    )


def test_age_groups_are_the_seven(either: Answers) -> None:
    groups = [row["age_group"] for row in either.rows["orders_by_age_group"]]
    assert len(groups) == len(set(groups))
    assert set(groups) <= AGE_GROUPS
    assert len(groups) > 4


def test_age_counts_birthdays(either: Answers) -> None:
    orders = either.ask(
        """
        select distinct order_number, order_date, birthdate from fact_sales
        inner join dim_customers using (customer_key)
        where order_date is not null and birthdate is not null
        """
    )
    ages = [
        order["order_date"].year
        - order["birthdate"].year
        - (order["order_date"].timetuple()[1:3] < order["birthdate"].timetuple()[1:3])
        for order in orders
    ]
    [row] = [row for row in either.rows["orders_by_age_group"] if row["age_group"] == "under 30"]
    assert row["orders"] == sum(age < 30 for age in ages)


def test_top_customers_are_the_hundred_with_the_highest_revenue(either: Answers) -> None:
    rows = either.rows["top_customers"]
    best = either.ask(
        "select sum(sales_amount) as revenue from fact_sales group by customer_key "
        "order by revenue desc limit 100"
    )
    assert [row["revenue"] for row in rows] == [row["revenue"] for row in best]
    assert len({row["customer_id"] for row in rows}) == len(rows) == 100
    assert all(row["first_order_date"] <= row["last_order_date"] for row in rows)


def test_top_products_lead_their_category(either: Answers) -> None:
    by_product = either.rows["sales_by_product"]
    for category in {row["category"] for row in either.rows["top_products"]}:
        leaders = [row for row in either.rows["top_products"] if row["category"] == category]
        assert [row["place"] for row in leaders] == list(range(1, len(leaders) + 1))
        sold = [row for row in by_product if row["category"] == category and row["orders"] > 0]
        revenues = [row["revenue"] for row in sold]
        assert [row["revenue"] for row in leaders] == sorted(revenues, reverse=True)[:3]


def test_average_order_value_is_by_order_not_by_line(either: Answers) -> None:
    for row in either.rows["average_order_value_by_country"]:
        exact = row["revenue"] / row["orders"]
        assert abs(row["average_order_value"] - exact) <= Decimal("0.005")
    average = either.rows["totals"][0]["average_order_value"]
    assert average > either.one("select avg(sales_amount) from fact_sales")


def test_days_to_ship_are_those_of_the_files(either: Answers) -> None:
    rows = either.rows["days_to_ship"]
    assert all(row["fewest_days"] <= row["average_days"] <= row["most_days"] for row in rows)
    assert max(row["most_days"] for row in rows) == either.one(
        "select max(ship_date - order_date) from fact_sales where order_date_source = 'source'"
    )
    assert either.total("days_to_ship", "late_lines") == either.one(
        "select count(*) from fact_sales "
        "where ship_date > due_date and order_date_source = 'source'"
    )


def test_real_files_give_the_known_totals(bootcamp: Answers) -> None:
    [totals] = bootcamp.rows["totals"]
    assert totals["order_lines"] == 60_398
    assert totals["orders"] == 27_659
    assert totals["customers"] == 18_484
    assert totals["products_sold"] == 130
    assert totals["quantity"] == 60_423
    assert totals["revenue"] == 29_356_250
    assert totals["gross_profit"] == 12_389_834
    assert totals["average_order_value"] == Decimal("1061.36")
    assert len(bootcamp.rows["sales_by_product"]) == 295
    assert len(bootcamp.rows["sales_by_month"]) == 38
    assert {row["most_days"] for row in bootcamp.rows["days_to_ship"]} == {7}
    assert bootcamp.total("profit_at_cost_of_the_day", "gross_profit_now") == 11_685_757
