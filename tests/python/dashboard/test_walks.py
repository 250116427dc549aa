"""Readers who click at random: every state is that of its address, and what plain SQL counts."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from lvdash import RenderReport
from tests.python.conftest import PROJECT
from tests.python.dashboard.oracle import Choice, Oracle, Rows
from tests.python.dashboard.test_numbers import (
    KEYS,
    assert_counters,
    assert_same,
    by_key,
)

WALK = (PROJECT / "libs" / "lvdash" / "tests" / "walk.js").read_text(encoding="utf-8")
WALKS = int(os.environ.get("WALKS", "2"))
STEPS = int(os.environ.get("STEPS", "5"))

SUMMARY = {"order_month", "country", "category", "product_line"}
PRODUCTS = SUMMARY | {"subcategory", "product_name", "month_part"}
SEGMENTS = {"order_month", "country", "segment"}
CUSTOMERS = {"order_month", "country", "customer_name", "movement"}
OF_PERIODS = ("key_customers", "growing_customers", "declining_customers", "customer_movements")
FOLLOWS = {
    **dict.fromkeys(
        ("order_value_by_country", "categories_moved", "countries_moved", "customers_by_country"),
        SUMMARY,
    ),
    **dict.fromkeys(OF_PERIODS, CUSTOMERS),
    **dict.fromkeys(
        ("customers_by_age", "customers_by_marital_status", "customers_by_gender", "segments"),
        SEGMENTS,
    ),
    "new_and_returning": {"order_month", "country", "month_part"},
    "cohort_retention": {"country"},
}
"""What can filter a widget; a widget that is not here follows everything of a product."""

RULES = "data_quality_rule_results"
QUALITY = {
    "reconciliation": ("data_quality_reconciliation", ["source", "measure"], "true"),
    "rules": (
        RULES,
        ["title", "source", "action", "rows_touched"],
        "rows_touched > 0 and action <> 'count'",
    ),
    "counted": (
        RULES,
        ["title", "source", "rows_touched"],
        "rows_touched > 0 and action = 'count'",
    ),
    "corrected_amounts": ("data_quality_corrected_amounts", ["title", "rows_corrected"], "true"),
    "quarantine": (
        "data_quality_quarantine",
        ["record_key", "reason", "source", "file", "row_number"],
        "true",
    ),
    "file_freshness": ("data_quality_freshness", ["source", "files", "rows_landed"], "true"),
    "monitors": ("data_quality_monitors", ["monitor", "subject", "status"], "true"),
}


@pytest.fixture(params=["sample", "bootcamp"])
def drawn(
    request: pytest.FixtureRequest, chromium: Browser
) -> Iterator[tuple[Page, Page, Path, Oracle]]:
    """Two views of a page, and the oracle on the same tables."""
    published: Path = request.getfixturevalue(f"published_{request.param}")
    report: RenderReport = request.getfixturevalue(f"{request.param}_report")
    one, other = (chromium.new_page(viewport={"width": 1440, "height": 900}) for _ in range(2))
    yield one, other, report.page, Oracle(published)
    one.close()
    other.close()


def open_at(page: Page, file: Path, address: str) -> None:
    page.goto("about:blank")
    page.goto(f"{file.as_uri()}#{address}")
    page.wait_for_selector("html[data-ready]", state="attached")


def start(page: Page, sheet: str) -> None:
    """Back to how a sheet looks at the beginning."""
    page.evaluate("address => { location.hash = address; }", f"page={sheet}")
    page.evaluate("() => new Promise(done => setTimeout(done))")


def reduced(state: dict[str, Any], widget: str) -> tuple[Choice, set[str], dict[str, Any]]:
    """What the page says a widget is filtered by.

    Returns:
        The filters and marks on orders, the columns of all of them, and what is chosen of others.
    """
    note = re.search(r"Not filtered by ([^.]*)\.", state["notes"].get(widget, ""))
    said = note[1].split(", ") if note else []
    if widget in OF_PERIODS:  # which months it shows is up to them all
        said = [title for title in said if title not in ("order month", "month")]
    filters = state["filters"]
    months = filters["order_month"]
    first, last = (
        date.fromisoformat(m) if m else None for m in (months.get("from"), months.get("to"))
    )
    values = {
        key: tuple(value["values"] or ())
        for key, value in filters.items()
        if key != "order_month" and key.replace("_", " ") not in said
    }
    if "order month" in said:
        first = last = None
    acts = {key for key, found in values.items() if found}
    acts |= {"order_month"} if first or last else set()
    chosen: list[tuple[str, tuple[str | None, ...]]] = []
    others: dict[str, Any] = {}
    for choice in state["choices"]:
        if choice["widget"] == widget or choice["name"].lower() in said:
            continue
        if choice["column"] == "record_key":  # only the card of quarantine has it
            continue
        column, marks = choice["column"], choice["values"]
        acts.add(column)
        if column == "order_month":
            low, high = date.fromisoformat(min(marks)), date.fromisoformat(max(marks))
            first, last = max(first or low, low), min(last or high, high)
        elif column == "country":
            before = values.get("country")
            values["country"] = tuple(m for m in marks if not before or m in before)
        elif column in ("segment", "customer_name", "movement"):
            others[column] = marks
            others[f"{column} of"] = choice["widget"]
        else:
            chosen.append((column, tuple(marks)))
    whole = Choice(
        first,
        last,
        values.get("country", ()),
        next(iter(values.get("category", ())), None),
        next(iter(values.get("product_line", ())), None),
        tuple(chosen),
    )
    return whole, acts, others


KINDS = {
    "customers_by_age": "Age group",
    "customers_by_marital_status": "Marital status",
    "customers_by_gender": "Gender",
}


def marked(name: str, rows: Rows, others: dict[str, Any], oracle: Oracle) -> Rows:
    """Of rows counted, those of the customers or segments that are chosen."""
    kept = rows
    if marks := others.get("segment"):
        kind = KINDS.get(others["segment of"])
        kept = {
            k: v
            for k, v in kept.items()
            if k[0] in marks and kind in (None, *k[1:], KINDS.get(name))
        }
    if marks := others.get("movement"):
        kept = {k: v for k, v in kept.items() if k[0] in marks}
    if marks := others.get("customer_name"):
        names = dict(oracle.all("select customer_number, customer_name from sales"))
        kept = {k: v for k, v in kept.items() if names.get(k[0], k[0]) in marks}
    return kept


def assert_is_what_sql_counts(page: Page, oracle: Oracle) -> None:
    state = page.evaluate(f"{WALK}.state()")
    rows = page.evaluate("Page.drawn()")
    counted: dict[Choice, dict[str, Rows]] = {}
    if state["page"] == "sales":
        choice, acts, _ = reduced(state, "revenue")
        assert acts <= SUMMARY, acts
        assert_counters(page, oracle, choice, previous=state["compare"] == 1)
    for name in KEYS.keys() & rows.keys():
        choice, acts, others = reduced(state, name)
        assert acts <= FOLLOWS.get(name, PRODUCTS), (name, acts)
        if choice not in counted:
            counted[choice] = (
                {
                    **oracle.charts(choice),
                    **oracle.moved(choice, previous=state["compare"] == 1),
                }
                if state["page"] == "sales"
                else {**oracle.customers(choice), **oracle.customer_tables(choice)}
            )
        if name in OF_PERIODS:
            assert ("Shows" in state["notes"][name]) != oracle.is_held(choice, name), (name, choice)
        expected = marked(name, dict(counted[choice][name]), others, oracle)
        assert_same(name, choice, by_key(rows[name], name), expected)
    for name in QUALITY.keys() & rows.keys():
        table, columns, where = QUALITY[name]
        choice, _, _ = reduced(state, name)
        found = oracle.all(
            f"select {', '.join(columns)} from {table} where {where} and "
            f"{oracle.product(Choice(chosen=choice.chosen))}"
        )
        shown = [tuple(row[column] for column in columns) for row in rows[name] or []]
        assert sorted(map(str, shown)) == sorted(map(str, found)), (name, choice)


@pytest.mark.slow
def test_every_state_is_that_of_its_address_and_of_sql(
    drawn: tuple[Page, Page, Path, Oracle],
) -> None:
    page, fresh, file, oracle = drawn
    trouble: list[str] = []
    for one in (page, fresh):
        one.on("console", lambda m: trouble.append(m.text) if m.type == "error" else None)
        one.on("pageerror", lambda error: trouble.append(str(error)))
    seen = f"{WALK}.seen()"
    open_at(page, file, "")
    for walk in range(WALKS):
        start(page, ("sales", "customers", "sales", "quality")[walk % 4])
        for step in range(STEPS):
            page.evaluate(f"{WALK}.step({walk * 1000 + step})")
            address = page.url.partition("#")[2]
            where = f"walk {walk}, step {step}, at {address}"
            print(where, flush=True)
            open_at(fresh, file, address)
            both = [page.evaluate(seen), fresh.evaluate(seen)]
            assert page.evaluate(f"(both) => {WALK}.differing(...both)", both) == [], where
            assert_is_what_sql_counts(fresh, oracle)
    assert trouble == []
