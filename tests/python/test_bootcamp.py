"""The real files give the numbers that are known of them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

KNOWN: dict[str, dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("bootcamp.yml").read_text(encoding="utf-8")
)
FIGURES, BREAKDOWNS = KNOWN["figures"], KNOWN["breakdowns"]
MONEY_BY_RULE = """
    select rule_id, rows_corrected, corrected, ambiguous from quality.corrected_amounts
"""
QUARANTINED = "select record_key from quality.quarantine"


@pytest.fixture(scope="module")
def gold(published_bootcamp: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(published_bootcamp), read_only=True)


@pytest.mark.parametrize("name", FIGURES)
def test_figure(gold: duckdb.DuckDBPyConnection, name: str) -> None:
    figure = FIGURES[name]
    assert gold.execute(figure["query"]).fetchall() == [tuple(figure["row"])]


@pytest.mark.parametrize("name", BREAKDOWNS)
def test_breakdown(gold: duckdb.DuckDBPyConnection, name: str) -> None:
    breakdown = BREAKDOWNS[name]
    assert dict(gold.execute(breakdown["query"]).fetchall()) == breakdown["counts"]


def test_the_repaired_money_is_split_by_rule(gold: duckdb.DuckDBPyConnection) -> None:
    assert sorted(gold.execute(MONEY_BY_RULE).fetchall()) == [
        ("sales_amount_mismatch", 10, Decimal(384), Decimal(382)),
        ("sales_amount_missing", 8, Decimal(145), Decimal(0)),
        ("sales_amount_not_positive", 5, Decimal(219), Decimal(0)),
    ]


def test_only_rows_without_a_customer_are_in_quarantine(gold: duckdb.DuckDBPyConnection) -> None:
    keys = sorted(key for (key,) in gold.execute(QUARANTINED).fetchall())
    assert keys == ["13451235", "A01Ass", "PO25", "SF566"]
