"""Every number of the page, under many combinations of filters, against plain SQL on gold."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from lvdash import RenderReport
from tests.python.dashboard.conftest import OpenPage
from tests.python.dashboard.oracle import KINDS, Choice, Oracle, Rows, month_after

KEYS = {
    "revenue_by_month": ["order_month"],
    "revenue_by_country": ["country"],
    "bikes_by_month": ["order_month", "subcategory"],
    "other_categories_by_month": ["order_month", "category"],
    "revenue_by_subcategory": ["subcategory", "category"],
    "top_products": ["product_name", "category"],
    "order_value_by_country": ["country"],
    "line_by_country": ["country", "product_line"],
    "categories_moved": ["category", "product_line"],
    "countries_moved": ["country"],
    "key_customers": ["customer_number", "country", "revenue"],
    "growing_customers": ["customer_name", "country", "revenue"],
    "declining_customers": ["customer_name", "country", "revenue"],
    "customer_movements": ["movement"],
    **{key: ["segment"] for key in KINDS},
    "customers_by_country": ["country"],
    "segments": ["segment", "segment_kind"],
    "new_and_returning": ["order_month", "customer_kind"],
    "cohort_retention": ["cohort", "quarters_later"],
}
MOVED = ["measure(Revenue)", "measure(Revenue before)", "measure(Revenue change)"]
VALUES = {
    "top_products": ["measure(Revenue)", "measure(Margin)", "measure(Revenue change)"],
    "order_value_by_country": ["measure(Average order value)"],
    "categories_moved": MOVED,
    "countries_moved": MOVED,
    "key_customers": ["orders", "last_order", "change"],
    "growing_customers": ["revenue_before", "change"],
    "declining_customers": ["revenue_before", "change"],
    **{key: ["measure(Customers)"] for key in (*KINDS, "customer_movements")},
    "customers_by_country": ["measure(Customers)"],
    "new_and_returning": ["measure(Customers)"],
    "segments": ["measure(Customers)", "measure(Revenue)"],
    "cohort_retention": ["measure(Retention)"],
}
RULES = "data_quality_rule_results"
QUALITY = {
    "reconciliation": ("quality.reconciliation", "source, measure, landed, published", "true"),
    "rules": (
        RULES,
        "title, source, action, rows_touched",
        "rows_touched > 0 and action <> 'count'",
    ),
    "counted": (RULES, "title, source, rows_touched", "rows_touched > 0 and action = 'count'"),
    "corrected_amounts": ("quality.corrected_amounts", "title, rows_corrected, corrected", "true"),
    "quarantine": ("quality.quarantine", "record_key, reason, source, file, row_number", "true"),
    "file_freshness": ("data_quality_freshness", "source, files, rows_landed", "true"),
    "monitors": ("data_quality_monitors", "monitor, subject, status", "true"),
}
"""Cards of the quality page: the table, its columns, and which of its rows."""
COUNTERS = ("revenue", "orders", "customers", "average_order_value", "gross_profit", "margin")


def choices(oracle: Oracle, count: int) -> list[Choice]:
    """Combinations of filters: the telling ones, then random ones, always the same."""
    last = oracle.last_day.replace(day=1)
    countries = oracle.values("country")
    categories = oracle.values("category")
    lines = oracle.values("product_line")
    telling = [
        Choice(),
        Choice(month_after(last, -11), last),
        Choice(last, last),
        Choice(month_after(last, -2), last, (countries[0],)),
        Choice(month_after(last, -5), last, category=categories[0]),
        Choice(month_after(last, -6), month_after(last, -3), product_line=lines[0]),
        Choice(date(last.year - 1, 1, 1), date(last.year - 1, 12, 1)),
        Choice(month_after(last, -30), last, tuple(countries[:2]), categories[1], lines[0]),
    ]
    chance = random.Random(11)
    while len(telling) < count:
        length = chance.choice([1, 2, 3, 6, 7, 12, 20])
        end = month_after(last, -chance.randrange(20))
        telling.append(
            Choice(
                month_after(end, 1 - length),
                end,
                tuple(sorted(chance.sample(countries, chance.randrange(4)))),
                chance.choice([None, *categories]),
                chance.choice([None, *lines]),
            )
        )
    return telling


def show(
    page: Page, sheet: str, choice: Choice, more: str = ""
) -> dict[str, list[dict[str, Any]] | None]:
    address = f"page={sheet}&{choice.address}{more}"
    page.evaluate("address => { location.hash = address; }", address)
    page.wait_for_function(
        "sheet => new URLSearchParams(location.hash.slice(1)).get('page') === "
        "sheet && !document.getElementById('sheet-' + sheet).hidden",
        arg=sheet,
    )
    page.evaluate("() => new Promise(done => setTimeout(done))")
    found: dict[str, list[dict[str, Any]] | None] = page.evaluate("Page.drawn()")
    return found


def by_key(rows: list[dict[str, Any]] | None, name: str) -> Rows:
    values = VALUES.get(name, ["measure(Revenue)"])
    return {
        tuple(row[key] for key in KEYS[name]): tuple(row[value] for value in values)
        for row in rows or []
    }


def assert_same(name: str, choice: Choice, shown: Rows, counted: Rows) -> None:
    counted = {
        tuple(k.isoformat() if isinstance(k, date) else k for k in key): value
        for key, value in counted.items()
    }
    # a month, country or product without a sale may be shown as nothing or as 0
    for rows in (shown, counted):
        for key in [k for k, value in rows.items() if not any(value)]:
            del rows[key]
    assert shown.keys() == counted.keys(), f"{name} under {choice}"
    for key, values in counted.items():
        for got, wanted in zip(shown[key], values, strict=True):
            same = (
                got == wanted
                if isinstance(wanted, str) or wanted is None
                else (got == pytest.approx(float(wanted), rel=1e-9, abs=1e-6))
            )
            assert same, f"{name} {key} under {choice}: {got}, counted {wanted}"


def assert_counters(page: Page, oracle: Oracle, choice: Choice, previous: bool = False) -> None:
    days = oracle.before(choice, previous)
    where = f"{oracle.country(choice)} and {oracle.product(choice)}"
    now = oracle.counters(oracle.where(choice))
    before = oracle.counters(f"{where} and {days}") if days else {}
    for name in COUNTERS:
        card = page.locator(f"[data-widget={name}]")
        for attribute, figures, selector in (
            ("data-value", now, ".value"),
            ("data-before", before, ".change"),
        ):
            text = card.locator(selector).get_attribute(attribute)
            got, wanted = float(text or 0), float(figures.get(name) or 0)
            assert got == pytest.approx(wanted, rel=1e-9, abs=1e-6), f"{name} {attribute} {choice}"


def test_every_number_under_twenty_combinations(
    drawn: tuple[Path, Oracle], open_page: OpenPage
) -> None:
    file, oracle = drawn
    page = open_page(file)
    combinations = choices(oracle, 20)
    assert len(set(combinations)) == 20
    for choice in combinations:
        rows = show(page, "sales", choice)
        assert_counters(page, oracle, choice)
        for name, counted in {**oracle.charts(choice), **oracle.moved(choice)}.items():
            assert_same(name, choice, by_key(rows[name], name), counted)
        rows = show(page, "sales", choice, "&compare=Previous+period")
        assert_counters(page, oracle, choice, previous=True)
        for name, counted in oracle.moved(choice, previous=True).items():
            assert_same(name, choice, by_key(rows[name], name), counted)
        rows = show(page, "customers", choice)
        expected = {**oracle.customers(choice), **oracle.customer_tables(choice)}
        for name, counted in expected.items():
            assert_same(name, choice, by_key(rows[name], name), counted)


def test_the_known_totals_of_the_real_files(
    bootcamp_report: RenderReport, open_page: OpenPage
) -> None:
    page = open_page(bootcamp_report.page, "order_month=..")
    shown = {name: page.locator(f"[data-widget={name}] .value").inner_text() for name in COUNTERS}
    assert shown["revenue"].replace("\u202f", " ") == "29.4 M"
    assert shown["orders"] == "27,659"
    assert shown["customers"] == "18,484"
    assert shown["average_order_value"] == "1,061"
    assert shown["gross_profit"].replace("\u202f", " ") == "12.4 M"


def assert_quality(
    rows: dict[str, Any], oracle: Oracle, where: Callable[[str], str] = lambda _: "true"
) -> None:
    """Every card of the quality page that lists the rows of a table lists those."""

    def plain(found: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        numbers = (int, float, Decimal)
        cells = (tuple(float(v) if isinstance(v, numbers) else v for v in row) for row in found)
        return sorted(cells, key=str)

    for name, (table, columns, kept) in QUALITY.items():
        found = oracle.all(f"select {columns} from {table} where {kept} and {where(name)}")
        shown = (tuple(row[column] for column in columns.split(", ")) for row in rows[name] or [])
        assert plain(shown) == plain(found), (name, where(name))


def test_the_quality_page_says_what_the_tables_say(
    drawn: tuple[Path, Oracle], open_page: OpenPage
) -> None:
    file, oracle = drawn
    page = open_page(file)
    rows = show(page, "quality", Choice())
    assert_quality(rows, oracle)
    held = oracle.one("select count(*) from quality.quarantine")[0]
    assert page.locator("[data-widget=rows_held] .value").inner_text() == f"{held:,}"
    touched = oracle.one("select count(*) from quality.rule_violations")[0]
    assert sum(r["measure(Rows touched)"] for r in rows["violations_by_rule"] or []) == touched
