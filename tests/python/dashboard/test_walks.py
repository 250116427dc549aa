"""Readers who click at random: every state is that of its address, and what plain SQL counts."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.python.conftest import PROJECT
from tests.python.dashboard.conftest import OpenPage
from tests.python.dashboard.oracle import KINDS, Choice, Oracle, Rows
from tests.python.dashboard.test_numbers import (
    KEYS,
    assert_counters,
    assert_quality,
    assert_same,
    by_key,
)

WALK = (PROJECT / "libs" / "lvdash" / "tests" / "walk.js").read_text(encoding="utf-8")
WALKS = int(os.environ.get("WALKS", "2"))
STEPS = int(os.environ.get("STEPS", "5"))

OF_PERIODS = ("key_customers", "growing_customers", "declining_customers", "customer_movements")


def reduced(state: dict[str, Any], widget: str) -> tuple[Choice, dict[str, Any]]:
    """What the page says a widget is filtered by: by orders, and what is chosen of others."""
    note = re.search(r"Not filtered by ([^.]*)\.", state["notes"].get(widget, ""))
    said = note[1].split(", ") if note else []
    if widget in OF_PERIODS:  # which months it shows is up to them all
        said = [title for title in said if title not in ("order month", "month")]
    filters = {
        key: value for key, value in state["filters"].items() if key.replace("_", " ") not in said
    }
    months = filters.pop("order_month", {})
    first, last = (
        date.fromisoformat(m) if m else None for m in (months.get("from"), months.get("to"))
    )
    values = {key: tuple(value["values"] or ()) for key, value in filters.items()}
    chosen: list[tuple[str, tuple[str | None, ...]]] = []
    others: dict[str, Any] = {}
    for choice in state["choices"]:
        if choice["widget"] == widget or choice["name"].lower() in said:
            continue
        column, marks = choice["column"], choice["values"]
        if column == "record_key":  # only the card of quarantine has it
            continue
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
    return whole, others


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
    previous = state["compare"] == 1
    counted: dict[Choice, dict[str, Rows]] = {}
    if state["page"] == "sales":
        assert_counters(page, oracle, reduced(state, "revenue")[0], previous)
    if state["page"] == "quality":
        assert_quality(
            rows,
            oracle,
            lambda name: oracle.product(Choice(chosen=reduced(state, name)[0].chosen)),
        )
    for name in KEYS.keys() & rows.keys():
        choice, others = reduced(state, name)
        if choice not in counted:
            counted[choice] = (
                {**oracle.charts(choice), **oracle.moved(choice, previous)}
                if state["page"] == "sales"
                else {**oracle.customers(choice), **oracle.customer_tables(choice)}
            )
        if name in OF_PERIODS:
            assert ("Shows" in state["notes"][name]) != oracle.is_held(choice, name), (name, choice)
        expected = marked(name, dict(counted[choice][name]), others, oracle)
        assert_same(name, choice, by_key(rows[name], name), expected)


@pytest.mark.slow
def test_every_state_is_that_of_its_address_and_of_sql(
    drawn: tuple[Path, Oracle], open_page: OpenPage
) -> None:
    file, oracle = drawn
    page = open_page(file)
    seen = f"{WALK}.seen()"
    for walk in range(WALKS):
        sheet = ("sales", "customers", "sales", "quality")[walk % 4]
        page.evaluate("address => { location.hash = address; }", f"page={sheet}")
        page.evaluate("() => new Promise(done => setTimeout(done))")
        for step in range(STEPS):
            page.evaluate(f"{WALK}.step({walk * 1000 + step})")
            address = page.url.partition("#")[2]
            where = f"walk {walk}, step {step}, at {address}"
            print(where, flush=True)
            fresh = open_page(file, address)
            both = [page.evaluate(seen), fresh.evaluate(seen)]
            assert page.evaluate(f"(both) => {WALK}.differing(...both)", both) == [], where
            assert_is_what_sql_counts(fresh, oracle)
            fresh.close()
