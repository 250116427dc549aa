"""Thirty days of files, taken in by five runs, end as all files at once.

Every day brings a file of order lines, late and corrected ones among them, and new extracts of the
master data. The generator says what gold must add up to after each run. What a day costs is
measured elsewhere (`make bench CASES=month`).
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from sales_sample import iter_days
from tests.python.lake import OF_THE_RUN, Lake
from tests.python.test_histories import LEFT_OUT
from tools.bench.plain import rows_apart

SCALE, DAYS = 0.2, 30
RUNS = (1, 2, 9, 16, 30)
"""After so many days of files: one, the next one, a week, and two weeks."""
UNTIL = date(2026, 11, 27)
SALES = "crm_sales_details"

TOTALS = """
    select lines, orders, cast(revenue as bigint) from quality.publications
    order by published_at desc limit 1
"""
VERSIONS = """
    select source_file, count(*), count(distinct loaded_at), sum(landed_rows)
    from bronze.file_load_log
    where landing_table = 'crm_sales_details'
    group by source_file
    order by source_file
"""


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_thirty_days_end_as_all_at_once(lake: Lake) -> None:
    arrivals = iter_days(lake.landing, scale=SCALE, days=DAYS, until=UNTIL)
    for days, arrived in enumerate(arrivals, start=1):
        if days not in RUNS:
            continue
        lake.build(arrived.day + timedelta(days=1))
        totals = arrived.totals
        assert lake.query(TOTALS) == [(totals.lines, totals.orders, totals.revenue)], arrived.day

    files = {path: rows for path, *rows in lake.query(VERSIONS, "lakehouse")}
    assert len(files) == DAYS
    for path, (versions, loads, rows) in files.items():
        assert (versions, loads) == (1, 1), path
        assert rows == lines_in(lake.landing / path), path
    times = lake.query("select distinct loaded_at from bronze.file_load_log", "lakehouse")
    assert len(times) == len(RUNS)

    lake.test(UNTIL)
    by_days = lake.root / "by_days.duckdb"
    (lake.root / "warehouse" / "published.duckdb").rename(by_days)
    lake.forget()
    lake.build(UNTIL)
    differing = differences(by_days, lake.root / "warehouse" / "published.duckdb")
    assert differing == dict.fromkeys(differing, 0)
    assert differing.keys() >= {"gold.fact_sales", "gold.dim_customers", "quality.rule_violations"}


def lines_in(path: Path) -> int:
    """The rows of a file that ends with a line end."""
    return path.read_bytes().count(b"\n") - 1


def differences(one: Path, other: Path) -> dict[str, int]:
    """How many rows each table has in one of two published files and not in the other."""
    with duckdb.connect() as db:
        db.execute(f"attach '{one}' as one (read_only); attach '{other}' as other (read_only)")
        names = db.execute(
            "select distinct schema_name || '.' || table_name from duckdb_tables()"
            " where database_name in ('one', 'other')"
        ).fetchall()
        return {
            name: rows_apart(db, f"other.{name}", f"one.{name}", OF_THE_RUN)
            for (name,) in names
            if name not in LEFT_OUT
        }
