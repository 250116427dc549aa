"""The guides work as they are written, on a copy of the project."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration.errors import ExitCode
from tests.python.conftest import PROJECT, lakehouse, places
from tests.python.guides import commands, steps
from tools.mutants.__main__ import copy_project

DOCS = PROJECT / "docs"


def test_add_a_source(tmp_path: Path) -> None:
    project = tmp_path / "project"
    copy_project(project)
    env = places(tmp_path) | {
        "LAKEHOUSE_PROJECT_DIR": str(project),
        "LAKEHOUSE_LANDING": str(project / "landing"),
    }
    made = lakehouse("sample", "--scale", "0.05", "--out", str(project / "landing"), env=env)
    assert made.returncode == 0, made.stdout + made.stderr
    guide = DOCS / "add_a_source.md"
    taken = steps(guide)
    assert len(taken) == 10
    for step in taken:
        step.take(project)
    assert commands(guide) == ["run", "diff main"]
    done = lakehouse("run", env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "erp_warranties" in done.stdout
    with duckdb.connect(env["LAKEHOUSE_PUBLISHED"], read_only=True) as published:
        rows = published.execute(
            "select category_id, warranty_months from gold.dim_product_categories"
            " where category_id in ('AC_HE', 'BI_RB', 'CO_RF') order by 1"
        ).fetchall()
        revenue = published.execute("select sum(sales_amount) from gold.fact_sales").fetchall()
    assert rows == [("AC_HE", 12), ("BI_RB", 60), ("CO_RF", None)]
    assert revenue[0][0] > 0
    written = [step.file for step in taken if step.file.endswith((".sql", ".yml"))]
    sql = [name for name in written if name.endswith(".sql") and "bronze" not in name]
    for tool, files in (("sqlfluff", sql), ("yamllint", [f for f in written if f not in sql])):
        options = ["lint", "--disable-progress-bar"] if tool == "sqlfluff" else ["--strict"]
        files = [name for name in files if name.endswith((".yml", ".sql"))]
        files = [name for name in files if tool == "sqlfluff" or name.endswith(".yml")]
        command = [str(Path(sys.executable).parent / tool), *options, *files]
        linted = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
        assert linted.returncode == 0, linted.stdout + linted.stderr


def test_add_a_metric(tmp_path: Path, published_sample: Path) -> None:
    project = tmp_path / "project"
    copy_project(project)
    guide = DOCS / "add_a_metric.md"
    (step,) = steps(guide)
    step.take(project)
    env = places(published_sample.parents[1]) | {"LAKEHOUSE_PROJECT_DIR": str(project)}
    (command,) = commands(guide)
    asked = lakehouse(*shlex.split(command), "--json", env=env)
    assert asked.returncode == 0, asked.stdout + asked.stderr
    answer = json.loads(asked.stdout)
    with duckdb.connect(str(published_sample), read_only=True) as published:
        expected = published.execute(
            "select p.category, round(count(*) / count(distinct f.order_number), 6)"
            " from gold.fact_sales f join gold.dim_products p using (product_key) group by 1"
        ).fetchall()
    assert dict(answer["rows"]) == pytest.approx(dict(expected))


def test_the_guide_for_the_morning_knows_every_exit_code() -> None:
    text = (DOCS / "when_the_morning_run_failed.md").read_text(encoding="utf-8")
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    assert told == {int(code) for code in ExitCode if code}


def test_the_guide_for_the_morning_quotes_what_is_said() -> None:
    """Words of messages, tests and files that the guide names are really there."""
    text = (DOCS / "when_the_morning_run_failed.md").read_text(encoding="utf-8")
    code = "".join(
        path.read_text(encoding="utf-8") for path in (PROJECT / "orchestration").rglob("*.py")
    )
    assert "Failed: {kind}" in code
    for words in ("is working on this warehouse", "is held open by", "Interrupted"):
        assert f"`{words}`" in text
        assert words in code, words
    assert (PROJECT / "tests" / "order_dates_are_possible.sql").is_file()
    for path in re.findall(r"`((?:seeds|warehouse|tests)/[\w./]*)`", text):
        assert path.startswith("warehouse/") or (PROJECT / path).exists(), path
