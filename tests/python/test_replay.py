"""A row leaves quarantine when its cause is put right; its trace and the rules' history remain."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pytest

from tests.python.conftest import lakehouse, places, write_small_landing

HISTORY = """
    select run_id, rows_touched from quality.rule_history
    where rule_id = 'customer_id_missing' order by run_started_at
"""
BAD_CUSTOMER = ",AW00011001,Ben,Hill,S,M,2025-10-07\r\n"


def published(root: Path, query: str) -> list[tuple[object, ...]]:
    """The rows of a query over what is published."""
    with duckdb.connect(str(root / "warehouse" / "published.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def run(root: Path, *args: str) -> None:
    done = lakehouse("run", *args, env=places(root))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def root(tmp_path: Path) -> Path:
    landing = write_small_landing(tmp_path / "landing")
    with open(landing / "source_crm" / "cust_info.csv", "ab") as file:
        # Enough good rows for one bad one not to be too many.
        for number in range(12000, 12200):
            file.write(f"{number},AW000{number},Ann,Lee,S,F,2025-10-06\r\n".encode())
        file.write(BAD_CUSTOMER.encode())
    return tmp_path


def test_a_corrected_file_empties_quarantine(root: Path) -> None:
    run(root)
    assert published(root, "select rule_id, content from quality.quarantine") == [
        ("customer_id_missing", BAD_CUSTOMER.strip())
    ]
    customers = root / "landing" / "source_crm" / "cust_info.csv"
    before = customers.stat()
    text = customers.read_bytes().replace(BAD_CUSTOMER.encode(), b"11001" + BAD_CUSTOMER.encode())
    customers.write_bytes(text)
    os.utime(customers, (before.st_atime, before.st_mtime + 2))

    run(root)
    assert published(root, "select * from quality.quarantine") == []
    assert published(
        root, "select customer_number from gold.dim_customers where customer_id = 11001"
    ) == [("AW00011001",)]
    with duckdb.connect(str(root / "warehouse" / "lakehouse.duckdb"), read_only=True) as working:
        trace = working.execute(
            "select rule_id, dbt_valid_to is not null from silver.quarantine_history"
        ).fetchall()
        versions = working.execute(
            "select count(*) from bronze.landed_files where source_file like '%cust_info.csv'"
        ).fetchone()
    assert trace == [("customer_id_missing", True)]
    assert versions == (2,)

    history = published(root, HISTORY)
    assert [found for _, found in history] == [1, 0]
    run(root, "--full-refresh")
    assert published(root, HISTORY) == history, "the same findings again are no news"
