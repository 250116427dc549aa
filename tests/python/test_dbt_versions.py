"""The project is built by both versions of dbt that dbt_project.yml admits."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from sales_sample import write_sample
from tests.python.conftest import PROJECT, lakehouse, places

PINNED = PROJECT / "requirements" / "dbt_1_12.txt"


@pytest.mark.slow
def test_dbt_1_12_builds_what_the_pinned_dbt_builds(tmp_path: Path) -> None:
    other = tmp_path / "dbt_1_12"
    install = ("-m", "pip", "install", "--quiet", "--require-hashes", "--target", str(other))
    subprocess.run([sys.executable, *install, "-r", str(PINNED)], check=True, timeout=600)
    write_sample(tmp_path / "landing", scale=0.02)
    published = {}
    for version, first in (("1.11", ""), ("1.12", str(other))):
        env = {**places(tmp_path / version), "PYTHONPATH": first}
        env["LAKEHOUSE_LANDING"] = str(tmp_path / "landing")
        done = lakehouse("run", env=env)
        assert done.returncode == 0, done.stdout + done.stderr
        manifest = (tmp_path / version / "target" / "manifest.json").read_text(encoding="utf-8")
        assert json.loads(manifest)["metadata"]["dbt_version"].startswith(version)
        with duckdb.connect(env["LAKEHOUSE_PUBLISHED"], read_only=True) as connection:
            published[version] = [
                connection.execute(
                    f"select columns(lambda name: not name.ends_with('_at')) from {table} order by all"
                ).fetchall()
                for table in (
                    *("gold.dim_customers", "gold.dim_products", "gold.dashboard_sales_summary"),
                    *("gold.fact_sales", "quality.corrections", "quality.reconciliation"),
                )
            ]
    assert published["1.11"] == published["1.12"]
