"""What is published was built and tested: `dbt run-operation publish` asks the log of results."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import duckdb
import pytest

from orchestration import dbt
from tests.python.conftest import ROWS
from tests.python.lake import OF_RUNS, Lake

MONDAY = date(2026, 11, 23)
SALES = "source_crm/sales_details.csv"


@pytest.fixture
def lake(lake: Lake) -> Lake:
    """The shared lake, with a row in each file; built and tested, not published."""
    for name, row in ROWS.items():
        lake.land(name, [row], datetime(2026, 11, 23, 6))
    lake.make_once("tested candidates", lambda: build_and_test(lake))
    return lake


def build_and_test(lake: Lake) -> None:
    lake.build_candidates(MONDAY)
    lake.test(MONDAY)


def refusal(lake: Lake) -> str:
    """Why nothing is published now; empty when it is."""
    errors = []

    def note(event: Any) -> None:
        if event.info.name.startswith("RunningOperation"):
            errors.append(" ".join(event.data.exc.split()))

    done = lake.dbt("run-operation", "publish", callbacks=[note])
    assert done.success == (not errors)
    return "".join(errors)


def test_what_was_built_and_tested_by_several_commands_is_published(lake: Lake) -> None:
    assert refusal(lake) == ""
    assert lake.query("select lines, orders, revenue from quality.publications") == [(1, 1, 24)]
    results = "select result from quality.runs order by started_at"
    assert lake.query(results) == [("built",), ("published",)]
    assert lake.query(results, "candidate") == [("built",), ("published",)]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("run", "--select", "dim_locations"), "was not run since dim_locations was built"),
        (("seed", "--select", "countries"), "was not run since countries was built"),
        (("build", "--resource-type", "model"), "was not run since"),
        (("run", "--select", "fact_sales+"), "data test"),
    ],
)
def test_a_part_is_not_published(lake: Lake, command: Sequence[str], words: str) -> None:
    assert lake.dbt(*command).success
    said = refusal(lake)
    assert "Not published: " in said
    assert words in said
    assert not (lake.root / "warehouse" / "published.duckdb").exists()


def test_what_no_new_file_reaches_need_not_be_built_again(lake: Lake) -> None:
    assert refusal(lake) == ""
    lake.land(SALES, [ROWS[SALES], ROWS[SALES].replace("SO1,", "SO2,")], datetime(2026, 11, 24, 6))
    day = ("--vars", f"{{as_of: {MONDAY}}}")
    assert lake.dbt(*dbt.BUILD, *dbt.downstream_of(["crm_sales_details"]), *day).success
    assert refusal(lake) == ""
    assert lake.query("select count(*) from gold.fact_sales") == [(2,)]
    by_part = lake.published(*OF_RUNS)
    run = "(select max(started_at) from quality.run_results where node = 'fact_sales')"
    built = f"select count(*) from quality.run_results where started_at >= {run} and node = "
    assert lake.query(f"{built} 'dim_customers'") == [(1,)]
    assert lake.query(f"{built} 'int_customers__validated'") == [(0,)]
    lake.build(MONDAY)
    assert lake.published(*OF_RUNS) == by_part


def test_what_failed_is_not_published_until_it_has_passed(lake: Lake) -> None:
    assert lake.failing_build(MONDAY, company_start="no day") == ["int_sales__validated"]
    assert "int_sales__validated ended with error when it was last run" in refusal(lake)
    lake.build_candidates(MONDAY)
    assert "data test" in refusal(lake)
    lake.test(MONDAY)
    assert refusal(lake) == ""


def test_after_a_run_that_was_cut_off_everything_is_run_again(lake: Lake) -> None:
    lake.killed_build(MONDAY, ("dim_locations", 0))
    assert "did not end, and" in refusal(lake)
    assert lake.dbt("run", "--select", "dim_locations").success
    assert "did not end, and" in refusal(lake)
    build_and_test(lake)
    assert refusal(lake) == ""


def test_a_clock_that_went_back_hides_nothing(lake: Lake) -> None:
    """A run of the future says nothing of what is built now."""
    assert refusal(lake) == ""
    path = lake.root / "warehouse" / "published.duckdb.next"
    with duckdb.connect(str(path)) as db:
        for table in ("runs", "run_results"):
            db.execute(f"update quality.{table} set started_at = started_at + interval 1 year")
        db.execute("update quality.publications set validated_until = '2999-01-01'")
    assert "was never run" in refusal(lake)
    lake.land(SALES, [ROWS[SALES], ROWS[SALES].replace("SO1,", "SO2,")], datetime(2026, 11, 24, 6))
    lake.build(MONDAY)
    assert lake.query("select count(*) from gold.fact_sales") == [(2,)]
