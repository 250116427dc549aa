"""`lakehouse check`: one good project, one change to it, the expected finding."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from orchestration.cli import add_tools, app
from orchestration.errors import Finding, LakehouseError
from tools.check.checks import STEPS, check_bundle, check_dbt
from tools.check.cron import cron_problem
from tools.check.dbt_selection import Dbt

PROJECT = Path(__file__).resolve().parents[2]
CASES_FILE = Path(__file__).with_name("check_cases.yml")
ROOT, JOB = "databricks.yml", "resources/job.yml"
CASES = {
    kind: {name: case | {"file": file} for file in files for name, case in files[file].items()}
    for kind, files in yaml.safe_load(CASES_FILE.read_text("utf-8")).items()
}
# What dbt looks up on the disk when it selects by path.
FOLDERS = ("models", "seeds", "snapshots", "tests", "macros", "docs", "requirements")


@pytest.fixture(scope="session")
def dbt() -> Dbt:
    """The project as dbt parses it, once for all tests."""
    return Dbt(PROJECT)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files that are checked, to be changed; the rest is linked."""
    for name in (ROOT, "selectors.yml", "dbt_project.yml", "profiles.yml.example"):
        shutil.copyfile(PROJECT / name, tmp_path / name)
    shutil.copytree(PROJECT / "resources", tmp_path / "resources")
    for name in FOLDERS:
        (tmp_path / name).symlink_to(PROJECT / name)
    (tmp_path / "dashboards").mkdir()
    (tmp_path / "dashboards/gold_sales.lvdash.json").write_text('{"datasets": [], "pages": []}')
    return tmp_path


def changed(project: Path, case: dict[str, Any]) -> Path:
    file = project / case["file"]
    before = file.read_text(encoding="utf-8")
    assert case["old"] in before, f"{file.name} no longer contains {case['old']!r}"
    file.write_text(before.replace(case["old"], case["new"], 1), encoding="utf-8")
    return project


def texts(findings: list[Finding]) -> list[str]:
    return [f"{each} {each.remedy}" for each in findings]


def assert_found(wanted: str | list[str], findings: list[Finding]) -> None:
    found = texts(findings)
    for text in [wanted] if isinstance(wanted, str) else wanted:
        assert any(text in each for each in found), found


@pytest.mark.parametrize("name", CASES["bundle"])
def test_a_defect_of_the_bundle_is_found(project: Path, name: str) -> None:
    case = CASES["bundle"][name]
    assert_found(case["finding"], check_bundle(changed(project, case)))


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES["dbt"])
def test_a_defect_of_the_dbt_commands_is_found(project: Path, name: str, dbt: Dbt) -> None:
    case = CASES["dbt"][name]
    if case["file"] == "selectors.yml":
        dbt = Dbt(project, dbt.manifest)
    assert_found(case["finding"], check_dbt(changed(project, case), dbt))


@pytest.mark.parametrize("name", CASES["right"])
def test_what_is_right_is_left_alone(project: Path, name: str) -> None:
    assert texts(check_bundle(changed(project, CASES["right"][name]))) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        "dbt build --selector silver --fail-fast",
        "dbt build -s path:models/staging path:models/intermediate path:snapshots/master_data",
    ],
)
def test_dbt_commands_that_are_right(project: Path, command: str, dbt: Dbt) -> None:
    case = {"file": JOB, "old": "dbt build --selector silver", "new": command}
    assert texts(check_dbt(changed(project, case), dbt)) == []


def test_no_false_alarm_on_the_project_itself(dbt: Dbt) -> None:
    steps = dict(STEPS)
    assert steps.pop("dbt commands") is check_dbt
    assert [finding for step in steps.values() for finding in step(PROJECT)] == []
    assert check_dbt(PROJECT, dbt) == []


def test_the_command_shows_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    add_tools(app)
    found: list[Finding] = []
    monkeypatch.setattr("tools.check.checks.STEPS", [("dbt commands", lambda _: found)])
    done = CliRunner().invoke(app, ["check"])
    assert (done.exit_code, done.stdout) == (0, "All checks passed.\n")
    assert done.stderr == "Checking the dbt commands ...\n"
    found.append(Finding("a.yml:1 b", "It is wrong.", "Correct it."))
    done = CliRunner().invoke(app, ["check"])
    assert (done.exit_code, done.stdout) == (1, "a.yml:1 b: It is wrong. Correct it.\n1 finding.\n")


def test_findings_point_at_the_line(project: Path) -> None:
    changed(project, {"file": JOB, "old": "timezone_id: UTC", "new": "timezone_id: Mars"})
    (finding,) = check_bundle(project)
    lines = (project / JOB).read_text().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if "Mars" in text)
    path = "resources.jobs.sales_lakehouse.schedule.timezone_id"
    assert finding.where == f"{JOB}:{line} {path}"
    assert finding.text == "There is no time zone Mars."


def test_an_override_is_reported_where_it_stands(project: Path) -> None:
    resources = "{jobs: {sales_lakehouse: {tasks: [{task_key: gold, max_retries: -5}]}}}"
    old = "  dev:\n    mode: development\n"
    changed(project, {"file": ROOT, "old": old, "new": f"{old}    resources: {resources}\n"})
    (finding,) = check_bundle(project)
    path = "targets.dev.resources.jobs.sales_lakehouse.tasks[0].max_retries"
    assert finding.where.startswith(ROOT)
    assert finding.where.endswith(path)
    assert finding.text == "In dev: max_retries is -5."


@pytest.mark.parametrize(
    "expression",
    [
        "0 0 6 * * ?",
        "0 15 10 L * ?",
        "0 0 12 1/5 * ?",
        "0 0 6 LW * ?",
        "0 0 6 ? * 6#3",
        "0 0 6 ? * 6L",
        "0 0,30 6 ? JAN-MAR SUN,SAT 2026-2030",
        "*/5 * * * * ?",
    ],
)
def test_cron_that_is_right(expression: str) -> None:
    assert cron_problem(expression) == ""


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "0 6 * * *",
        "0 0 6 * * ? 2026 x",
        "60 0 6 * * ?",
        "0 0 6 32 * ?",
        "0 0 6 * 13 ?",
        "0 0 6 ? * 8",
        "0 0 6 ? * MOON",
        "0 0 6 ? * ?",
        "0 0 6 1 * MON",
        "0 0 6-8-9 * * ?",
        "0 0/x 6 * * ?",
        "0 0 6 * * ? 1969",
    ],
)
def test_cron_that_is_wrong(expression: str) -> None:
    assert cron_problem(expression) != ""


@pytest.mark.parametrize(
    "content",
    ["", "- a\n", "targets: 5\n", "resources: [1]\n", "a: [\n", "\xff", "variables: {a: [1]}\n"],
)
def test_a_bundle_that_is_rubbish(project: Path, content: str) -> None:
    (project / ROOT).write_bytes(content.encode("latin-1"))
    assert check_bundle(project)
    (project / ROOT).unlink()
    assert "There is no bundle here." in str(check_bundle(project)[0])


def test_a_resource_declared_twice(project: Path) -> None:
    shutil.copyfile(project / "resources/landing.yml", project / "resources/more.yml")
    what = "volumes.landing is declared in resources/landing.yml already"
    assert_found(what, check_bundle(project))


def test_a_project_that_dbt_cannot_parse(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models/a.sql").write_text("select * from {{ ref('nothing') }}")
    (tmp_path / "dbt_project.yml").write_text("{name: a, profile: sales_lakehouse}")
    shutil.copyfile(PROJECT / "profiles.yml.example", tmp_path / "profiles.yml.example")
    with pytest.raises(LakehouseError, match="depends on a node named 'nothing'"):
        Dbt(tmp_path)
