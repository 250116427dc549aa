"""quality.runs: how every build went, those that failed or were cut off included."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from orchestration.console import Terminal
from orchestration.published import recent_runs
from orchestration.status import Status, show_status
from tests.python.conftest import ROWS
from tests.python.lake import Lake

MONDAY = date(2026, 11, 23)
AT_SIX = datetime(2026, 11, 23, 6)
SALES = "source_crm/sales_details.csv"
RUNS = """
    select result, ended_at is not null, files, bronze_rows, silver_rows, gold_rows,
        rule_violations > 0
    from quality.runs order by started_at
"""


@pytest.fixture
def lake(lake: Lake) -> Lake:
    """The shared lake, with a row in each file."""
    for name, row in ROWS.items():
        lake.land(name, [row], AT_SIX)
    return lake


def test_every_run_is_in_the_log(lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    lake.build(MONDAY)
    first = ("published", True, 6, 6, 1, 1, True)
    assert lake.query(RUNS) == [first]

    # A model that cannot be built, another run that is killed, and one that goes well.
    assert lake.failing_build(MONDAY, company_start="no day") == ["int_sales__validated"]
    lake.killed_build(MONDAY, ("fact_sales", 0))
    lines = [ROWS[SALES], ROWS[SALES].replace("SO1,", "SO2,")]
    lake.land(SALES, lines, AT_SIX + timedelta(days=1))
    lake.build(MONDAY + timedelta(days=1))

    failed, killed, last = lake.query(RUNS)[1:]
    assert lake.query(RUNS)[0] == first
    assert failed[:3] == ("failed", True, 0)
    assert killed == ("interrupted", False, None, None, None, None, None)
    assert last == ("published", True, 1, 2, 2, 2, True)

    models = lake.query(
        "select runs.result, count(*) > 40, min(nodes.seconds) >= 0, max(runs.models) = count(*)"
        " from quality.run_results as nodes inner join quality.runs using (run_id)"
        " group by runs.run_id, runs.result order by 1"
    )
    assert models == [
        ("failed", True, True, True),
        ("published", True, True, True),
        ("published", True, True, True),
    ]

    lake.build(MONDAY + timedelta(days=1), "--full-refresh")
    assert [result for result, *_ in lake.query(RUNS)] == [
        *("published", "failed", "interrupted", "published", "published")
    ]
    assert_shown(lake, capsys)


def assert_shown(lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    """`lakehouse status` shows them, the newest first, with what failed."""
    runs = recent_runs(lake.root / "warehouse" / "published.duckdb")
    show_status(Status(None, None, None, runs=runs), Terminal(width=120))
    shown = capsys.readouterr().out
    lines = [line for line in shown.splitlines() if "2026-" in line]
    words = ("published", "published", "interrupted", "failed", "published")
    assert [word in line for word, line in zip(words, lines, strict=True)] == [True] * 5
    assert "2 lines in gold" in lines[0]
