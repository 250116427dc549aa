"""The guides work as they are written, on a copy of the project."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.errors import ExitCode, LakehouseError
from orchestration.files import check, read_contracts
from sales_sample import write_sample
from tests.python.conftest import PROJECT, copy_project, lakehouse, places
from tests.python.guides import commands, steps
from tests.python.lake import Lake

DOCS = PROJECT / "docs"
TODAY = date(2026, 11, 27)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake of a copy of the project, which a guide changes before dbt reads it."""
    copy_project(tmp_path / "project")
    lake = Lake(tmp_path, tmp_path / "project")
    write_sample(lake.landing, scale=0.05, until=TODAY)
    return lake


LINES_OF_A_SOURCE = 60
"""What the guide may ask people to write, without the file and what brings a column to gold."""


@pytest.mark.slow
def test_add_a_source(lake: Lake) -> None:
    project = lake.root / "project"
    guide = DOCS / "add_a_source.md"
    taken = steps(guide)
    assert len(taken) == 15
    lines = [line for step in taken[1:11] for line in step.text.splitlines() if line]
    assert len(lines) <= LINES_OF_A_SOURCE
    for step in taken:
        step.take(project)
        source = project / step.file
        if source.is_relative_to(project / "landing"):
            (lake.landing / source.relative_to(project / "landing")).write_bytes(
                source.read_bytes()
            )
    assert commands(guide) == ["run", "status"]
    lake.build(TODAY)
    assert lake.query(
        "select landed, quarantined, waiting, published, difference from quality.reconciliation"
        " where source = 'erp_warranties'"
    ) == [(5, 1, 1, 3, 0)]
    assert lake.query(
        "select rule_id, content from quality.quarantine where source = 'erp_warranties'"
    ) == [("warranty_without_category", ",24")]
    assert lake.query(
        "select rule_id, rows_validated, rows_touched, status from quality.rule_results"
        " where source = 'erp_warranties' order by 1"
    ) == [("warranty_not_a_number", 5, 1, "warn"), ("warranty_without_category", 5, 1, "warn")]
    assert lake.query(
        "select monitor, status from quality.freshness_monitors where source = 'erp_warranties'"
        " union all select monitor, status from quality.volume_monitors"
        " where source = 'erp_warranties' order by 1"
    ) == [("freshness", "ok"), ("volume", "new")]
    assert lake.query(
        "select category_id, warranty_months from gold.dim_product_categories"
        " where category_id in ('AC_HE', 'BI_RB', 'CO_RF') order by 1"
    ) == [("AC_HE", 12), ("BI_RB", 60), ("CO_RF", None)]
    lake.test(TODAY)
    lake.unit_test("models/quality,test_type:unit", "models/marts/data_quality,test_type:unit")
    written = [step.file for step in taken]
    lint_written(project, written)


@pytest.mark.slow
def test_add_a_column(lake: Lake) -> None:
    project = lake.root / "project"
    guide = DOCS / "add_a_column.md"
    new_file, *taken = steps(guide)
    assert sum(line != "" for step in taken[:11] for line in step.text.splitlines()) == 11
    assert len({step.file for step in taken[:11]}) == 9
    for step in (new_file, *taken):
        step.take(project)

    with pytest.raises(LakehouseError, match="missing sls_channel"):
        check(lake.landing, read_contracts(project))
    text = guide.read_text(encoding="utf-8")
    (fill,) = re.findall(r"^```\n(for .*?)^```$", text, re.MULTILINE | re.DOTALL)
    older = lake.landing / "source_crm" / "sales_details.csv"
    modified = older.stat().st_mtime_ns
    subprocess.run(["bash", "-euc", fill], cwd=lake.root, check=True)
    assert older.stat().st_mtime_ns == modified
    landed = lake.landing / Path(new_file.file).relative_to("landing")
    landed.write_text(new_file.text, encoding="utf-8")
    with pytest.raises(LakehouseError, match="unexpected sls_channel"):
        check(lake.landing, read_contracts(PROJECT))

    run, ask = commands(guide)
    assert run == "run --full-refresh"
    lake.build(TODAY, *shlex.split(run)[1:])
    assert lake.query(
        "select order_number, sales_channel from gold.fact_sales"
        " where order_number like 'SO99000%' order by 1"
    ) == [("SO990001", "Online"), ("SO990002", "Store"), ("SO990003", "n/a")]
    assert lake.query(
        "select order_number from silver.int_sales__validated"
        " where order_number like 'SO99000%' and counted like '%sales_text_trimmed %'",
        "lakehouse",
    ) == [("SO990002",)]
    env = places(lake.root) | {"LAKEHOUSE_PROJECT_DIR": str(project)}
    asked = lakehouse(*shlex.split(ask), "--json", env=env)
    assert asked.returncode == 0, asked.stdout + asked.stderr
    expected = lake.query("select sales_channel, sum(sales_amount) from gold.fact_sales group by 1")
    assert dict(json.loads(asked.stdout)["rows"]) == pytest.approx(
        {channel: float(revenue) for channel, revenue in expected}
    )
    lake.test(TODAY)
    lake.unit_test(*(f"{model},test_type:unit" for model in ("stg_crm__sales", "int_sales__*")))
    lint_written(project, [step.file for step in taken])


def lint_written(project: Path, written: list[str]) -> None:
    """Lint the SQL and YAML that a guide writes; bronze is one call of a macro."""
    sql = [
        name
        for name in written
        if name.endswith(".sql") and name.startswith("models") and "bronze" not in name
    ]
    lint(project, "sqlfluff", "lint", "--disable-progress-bar", *sql)
    yaml_files = [name for name in written if name.endswith(".yml")]
    lint(project, "yamllint", "--strict", "--config-file", "tools/lint/yamllint.yml", *yaml_files)


def lint(project: Path, tool: str, *arguments: str) -> None:
    command = [str(Path(sys.executable).parent / tool), *arguments]
    linted = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout + linted.stderr


@pytest.mark.slow
def test_add_a_rule(lake: Lake) -> None:
    project = lake.root / "project"
    text = (DOCS / "add_a_rule.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    add(project / "seeds" / "data_quality_rules.csv", blocks["csv"])
    model = project / "models" / "intermediate" / "int_sales__checked.sql"
    add(model, blocks["sql"], before="        quantity_given is null")
    add(model, blocks["jinja"], before="    ]) | indent(4) }}")
    unit_tests = model.with_name("_unit_tests.yml")
    add(unit_tests, blocks["yaml"])

    sales = lake.landing / "source_crm" / "sales_details.csv"
    last = sales.read_bytes().splitlines()[-1].split(b",")
    last[0], last[-3:] = b"SO999999", [b"1010", b"101", b"10"]
    with open(sales, "ab") as file:
        file.write(b",".join(last) + b"\r\n")
    lake.build(TODAY)
    lake.unit_test("int_sales__checked,test_type:unit")
    assert lake.query(
        "select split_part(record_key, '/', 1), value_before, value_after"
        " from quality.rule_violations where rule_id = 'quantity_large'"
    ) == [("SO999999", "101", "101")]
    assert lake.query(
        "select title, rows_touched, status from gold.data_quality_rule_results"
        " where rule_id = 'quantity_large'"
    ) == [("More than a hundred pieces in a line", 1, "warn")]


def add(path: Path, text: str, before: str = "") -> None:
    """Add a text to the end of a file, or before the first occurrence of another text."""
    content = path.read_text(encoding="utf-8")
    at = content.index(before) if before else len(content)
    path.write_text(content[:at] + text + content[at:], encoding="utf-8")


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
    for words in ("is working on this warehouse", "is held open by", "The run was interrupted"):
        assert f"`{words}`" in text
        assert words in code, words
    assert (PROJECT / "tests" / "data" / "order_dates_are_possible.sql").is_file()
    for path in re.findall(r"`((?:seeds|warehouse|tests)/[\w./]*)`", text):
        assert path.startswith("warehouse/") or (PROJECT / path).exists(), path
