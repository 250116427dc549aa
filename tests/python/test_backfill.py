from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration import backfill
from orchestration.errors import ExitCode, LakehouseError
from tests.python.conftest import RunLakehouse

JANUARY = backfill.Span(date(2026, 1, 1), date(2026, 1, 31))


def test_a_span_is_read_and_told() -> None:
    assert backfill.read_span(None, None) is None
    assert backfill.read_span(date(2026, 1, 1), date(2026, 1, 31)) == JANUARY
    assert str(JANUARY) == "2026-01-01 to 2026-01-31"
    assert str(backfill.read_span(date(2026, 1, 1), None)) == "from 2026-01-01"
    assert str(backfill.read_span(None, date(2026, 1, 31))) == "up to 2026-01-31"
    assert JANUARY.variables == {"rebuild_from": "2026-01-01", "rebuild_to": "2026-01-31"}


@pytest.mark.parametrize(
    ("first", "last", "full_refresh"),
    [(date(2026, 2, 1), date(2026, 1, 1), False), (date(2026, 1, 1), None, True)],
)
def test_a_span_that_cannot_be_meant(first: date, last: date | None, full_refresh: bool) -> None:
    with pytest.raises(LakehouseError) as raised:
        backfill.read_span(first, last, full_refresh)
    assert raised.value.exit_code == ExitCode.USAGE


def test_what_a_span_touches_is_told_before(tmp_path: Path) -> None:
    assert "2026-01-01 to 2026-01-31" in backfill.describe(tmp_path / "none.duckdb", JANUARY)
    with duckdb.connect(str(tmp_path / "published.duckdb")) as connection:
        connection.execute(
            "create schema gold; create table gold.fact_sales as"
            " select * from (values ('SO1', date '2026-01-31'), ('SO1', date '2026-02-01'),"
            " ('SO2', date '2026-02-01'), ('SO3', null)) as t(order_number, order_date)"
        )
    told = backfill.describe(tmp_path / "published.duckdb", JANUARY)
    assert "1 orders with 2 lines" in told, "an order is built whole"


def test_the_command_refuses_a_span_that_ends_before_it_begins(run_lakehouse: RunLakehouse) -> None:
    done = run_lakehouse("run", "--from", "2026-02-01", "--to", "2026-01-01")
    assert done.returncode == ExitCode.USAGE
    assert "Exchange --from and --to" in done.stderr
