"""The project is built by both versions of dbt that dbt_project.yml admits."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.python.conftest import PROJECT, lakehouse_succeeds, places

REQUIREMENTS = PROJECT / "requirements" / "dbt_1_12.txt"
TABLES = (
    *("gold.dim_customers", "gold.dim_products", "gold.fact_sales"),
    *("gold.dashboard_sales_summary", "quality.corrections", "quality.reconciliation"),
)


def published(database: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All but the times of the run."""
    columns = "columns(lambda name: not name.ends_with('_at'))"
    with duckdb.connect(str(database), read_only=True) as connection:
        return {
            table: connection.execute(f"select {columns} from {table} order by all").fetchall()
            for table in TABLES
        }


@pytest.mark.slow
def test_dbt_1_12_publishes_what_the_pinned_dbt_does(
    tmp_path: Path, published_sample: Path
) -> None:
    other = tmp_path / "dbt_1_12"
    install = ("-m", "pip", "install", "--quiet", "--require-hashes", "--target", str(other))
    subprocess.run([sys.executable, *install, "-r", str(REQUIREMENTS)], check=True, timeout=600)
    env = {
        **places(tmp_path),
        "LAKEHOUSE_LANDING": str(published_sample.parents[1] / "landing"),
        "PYTHONPATH": str(other),
    }
    lakehouse_succeeds("run", env=env)
    manifest = json.loads((tmp_path / "target" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["metadata"]["dbt_version"].startswith("1.12.")
    assert published(tmp_path / "warehouse" / "published.duckdb") == published(published_sample)
