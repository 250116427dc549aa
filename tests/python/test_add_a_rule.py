"""docs/add_a_rule.md, followed to the letter on a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest

from orchestration.packages import DBT, ENVIRONMENT_VARIABLE, packages_dir
from sales_sample import write_sample
from tests.python.conftest import PROJECT, lakehouse, places

PAGE = PROJECT / "docs" / "add_a_rule.md"
PARTS = (
    ".dbtignore",
    "dashboards",
    "dbt_project.yml",
    "macros",
    "models",
    "packages.yml",
    "profiles.yml.example",
    "pyproject.toml",
    "seeds",
    "snapshots",
    "tests",
)
"""What of the project a run needs."""


def block(language: str) -> str:
    """The one block of the page in a language."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    assert len(blocks) == 1
    return str(blocks[0])


def add(path: Path, text: str, before: str = "") -> None:
    """Add a text to the end of a file, or before the first occurrence of another text."""
    content = path.read_text(encoding="utf-8")
    at = content.index(before) if before else len(content)
    path.write_text(content[:at] + text + content[at:], encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    copy = tmp_path / "project"
    copy.mkdir()
    for part in PARTS:
        if (PROJECT / part).is_dir():
            shutil.copytree(PROJECT / part, copy / part)
        else:
            shutil.copy2(PROJECT / part, copy / part)
    return copy


def test_the_page_leads_to_a_rule_that_finds_something(project: Path, tmp_path: Path) -> None:
    add(project / "seeds" / "data_quality_rules.csv", block("csv"))
    macro = project / "macros" / "quality" / "rules_crm_sales.sql"
    add(macro, block("jinja"), before="]) -}}")
    unit_tests = project / "models" / "staging" / "crm" / "stg_crm__sales_unit_tests.yml"
    add(unit_tests, block("yaml"))

    write_sample(tmp_path / "landing", scale=0.05)
    sales = tmp_path / "landing" / "source_crm" / "sales_details.csv"
    last = sales.read_bytes().splitlines()[-1].split(b",")
    last[0], last[-3:] = b"SO999999", [b"1010", b"101", b"10"]
    with open(sales, "ab") as file:
        file.write(b",".join(last) + b"\r\n")

    environment = {
        **places(tmp_path),
        "LAKEHOUSE_PROJECT_DIR": str(project),
        ENVIRONMENT_VARIABLE: str(packages_dir(PROJECT)),
    }
    done = lakehouse("run", env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    tested = subprocess.run(
        [*DBT, "--quiet", "test", "--select", "stg_crm__sales,test_type:unit"],
        cwd=project,
        env={**os.environ, **environment, "DBT_PROFILES_DIR": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr

    published = str(tmp_path / "warehouse" / "published.duckdb")
    with duckdb.connect(published, read_only=True) as connection:
        found = connection.execute(
            "select split_part(record_key, '/', 1), value_before, value_after"
            " from quality.findings where rule_id = 'quantity_unusual'"
        ).fetchall()
        counted = connection.execute(
            "select title, rows_touched, status from gold.data_quality_rule_results"
            " where rule_id = 'quantity_unusual'"
        ).fetchall()
    assert found == [("SO999999", "101", "101")]
    assert counted == [("More than a hundred pieces in a line", 1, "warn")]
    status = lakehouse("status", env=environment).stdout
    assert "quantity_unusual (crm_sales), 1 row. More than a hundred pieces in a line" in status
