"""A row leaves quarantine when its cause is put right; its trace and the rules' history remain."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.python.conftest import ROWS
from tests.python.lake import Lake

CUSTOMERS = "source_crm/cust_info.csv"
HISTORY = """
    select run_id, rows_touched from quality.rule_history
    where rule_id = 'customer_id_missing' order by run_started_at
"""
GOOD = [ROWS[CUSTOMERS], *(f"{n},AW000{n},Ann,Lee,S,F,2025-10-06" for n in range(12000, 12200))]
"""Enough good rows for one bad one not to be too many."""
BAD = ",AW00011001,Ben,Hill,S,M,2025-10-07"
DAYS = [date(2026, 11, day) for day in (23, 24, 25)]


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 6)


@pytest.mark.slow
def test_a_corrected_file_empties_quarantine(lake: Lake) -> None:
    for name, row in ROWS.items():
        lake.land(name, [row], at(DAYS[0]))
    lake.land(CUSTOMERS, [*GOOD, BAD], at(DAYS[0]))
    lake.build(DAYS[0])
    quarantined = "select rule_id, content from quality.quarantine"
    assert lake.query(quarantined) == [("customer_id_missing", BAD)]

    lake.land(CUSTOMERS, [*GOOD, f"11001{BAD}"], at(DAYS[1]))
    lake.build(DAYS[1])
    assert lake.query(quarantined) == []
    corrected = "select customer_number from gold.dim_customers where customer_id = 11001"
    assert lake.query(corrected) == [("AW00011001",)]
    trace = "select rule_id, dbt_valid_to is not null from silver.quarantine_history"
    assert lake.query(trace, "lakehouse") == [("customer_id_missing", True)]
    versions = f"select count(*) from bronze.file_load_log where source_file = '{CUSTOMERS}'"
    assert lake.query(versions, "lakehouse") == [(2,)]

    history = lake.query(HISTORY)
    assert [found for _, found in history] == [1, 0]
    lake.build(DAYS[2], "--full-refresh")
    assert lake.query(HISTORY) == history, "the same violations again are no news"
