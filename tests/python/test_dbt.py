"""dbt in its child process: a small project, so that every way of failing can be had at will."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import duckdb
import pytest

from orchestration import dbt
from orchestration.console import RunConsole, Terminal
from orchestration.dbt import BuildResult, NodeResult, Question, ensure_profiles, run
from orchestration.errors import ExitCode, LakehouseError
from orchestration.failures import error_of_build
from orchestration.packages import install, packages_dir, required_packages
from orchestration.settings import Settings, load_settings
from tests.python.conftest import PROJECT

TINY = PROJECT / "tests" / "python" / "tiny_project"
"""A dbt project of three models."""

CONTRACT_YML = """
models:
  - name: promised
    config: {contract: {enforced: true}}
    constraints: [{type: check, name: amount_is_positive, expression: amount > 0}]
    columns:
      - {name: id, data_type: int, constraints: [{type: not_null}]}
      - {name: amount, data_type: int}
"""

TOTAL = Question("total", ["totals"], "select amount from {totals}", of_success=True)
SMALL = Question("small", ["raw_lines"], "select id from {raw_lines}", of_success=False)


def tiny_project(root: Path, **models: str) -> Settings:
    """A copy of the project, with more models or others; their names use __ for the folder."""
    shutil.copytree(TINY, root, dirs_exist_ok=True)
    for name, sql in models.items():
        (root / "models" / f"{name.replace('__', '/')}.sql").write_text(sql)
    assert ensure_profiles(root)
    (root / "warehouse").mkdir()
    return load_settings(
        project_dir=root,
        landing=root / "landing",
        duckdb=root / "warehouse" / "lakehouse.duckdb",
        published=root / "warehouse" / "published.duckdb",
    )


@pytest.fixture(scope="module", autouse=True)
def _target_in_the_project() -> Iterator[None]:
    """Artifacts go beside each small project, wherever the whole test run keeps its own."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DBT_TARGET_PATH", "DBT_LOG_PATH", "DBT_PACKAGES_DIR"):
            patch.delenv(name, raising=False)
        yield


def test_a_build_that_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Neither reaches dbt: the tests run, and the variable that leaves a model out is not seen.
    monkeypatch.setenv("DBT_RESOURCE_TYPES", "seed")
    monkeypatch.setenv("DBT_EXCLUDE_RESOURCE_TYPES", "model")
    console = mock.Mock(wraps=RunConsole(Terminal()))
    result = run(tiny_project(tmp_path), ("build",), listener=console, questions=[TOTAL, SMALL])
    assert result.ok
    assert result.failures == []
    console.build_started.assert_called_once_with(6)
    assert console.node_finished.mock_calls == [mock.call(node, 6) for node in result.nodes]
    console.node_started.assert_has_calls(map(mock.call, ("raw_lines", "fact", "totals")), True)
    nodes = {node.name: node for node in result.nodes}
    assert (nodes["raw_lines"].rows, nodes["totals"].rows) == (2, 1)
    assert [nodes[name].layer for name in ("raw_lines", "fact")] == ["bronze", "gold"]
    assert nodes["unique_raw_lines_id"].layer == "bronze"
    assert nodes["amounts_are_known"].is_test
    assert {node.status for node in result.nodes} == {"success", "pass"}
    assert result.answers == {"total": [{"amount": 30}]}

    console.layers()
    lines = capsys.readouterr().out.splitlines()
    assert any("raw_lines" in line and "2 rows" in line for line in lines)
    (gold,) = [line for line in lines if line.startswith("gold")]
    assert gold.split() == ["gold", "2", "3", gold.split()[3], "2"]


def test_what_failed_is_named_with_message_file_and_rows(tmp_path: Path) -> None:
    """A model, a constraint, a data test and a unit test fail; what depends on them is skipped."""
    settings = tiny_project(
        tmp_path,
        bronze__promised="select * from (values (1, 5), (2, -5), (null, 5)) as lines (id, amount)",
        bronze__broken="select cast('many' as integer) as quantity",
        bronze__raw_lines="select * from (values (1, 5), (1, 10)) as lines (id, amount)",
        bronze__single="select 1 as id, 7 as amount",
        gold__after="select * from {{ ref('broken') }}",
        gold__tripled="select id, amount * 3 as amount from {{ ref('single') }}",
    )
    tests = (TINY / "models" / "tests.yml").read_text(encoding="utf-8")
    (tmp_path / "models" / "unit.yml").write_text(
        tests[tests.index("unit_tests:") :]
        .replace("amounts_are_doubled", "amounts_are_not_tripled")
        .replace("raw_lines", "single")
        .replace("model: fact", "model: tripled")
    )
    (tmp_path / "models" / "contract.yml").write_text(CONTRACT_YML)
    (settings.landing / "crm").mkdir(parents=True)
    (settings.landing / "crm" / "sales.csv").write_text("id,quantity\n1,2\n2,many\n")
    bad = run(settings, ("build",), questions=[TOTAL, SMALL])
    assert not bad.ok
    failures = {failure.name: failure for failure in bad.failures}
    data_and_unit = {"unique_raw_lines_id", "amounts_are_not_tripled"}
    assert set(failures) == {"broken", "promised", *data_and_unit}
    promised = failures["promised"]
    constraints = "amount_is_positive: amount > 0; id is not null"
    assert promised.message == f"Rows break a constraint of promised: {constraints}"
    assert promised.file == "models/bronze/promised.sql"
    by_check, by_null = ("amount_is_positive: amount > 0", 2, -5), ("id is not null", None, 5)
    assert [tuple(row.values()) for row in promised.examples] == [by_check, by_null]
    broken = failures["broken"]
    assert broken.message == "Conversion Error: Could not convert string 'many' to INT32"
    assert broken.file == "models/bronze/broken.sql"
    assert broken.compiled == "target/compiled/tiny/models/bronze/broken.sql"
    unique = failures["unique_raw_lines_id"]
    assert unique.message == "1 row breaks this test of raw_lines.id."
    assert unique.file == "models/tests.yml"
    assert unique.compiled.endswith("unique_raw_lines_id.sql")
    assert unique.examples == [{"unique_field": 1, "n_records": 2}]
    unit = failures["amounts_are_not_tripled"]
    assert (unit.kind, unit.file) == ("unit_test", "models/unit.yml")
    assert "actual differs from expected" in unit.message
    assert "14" in unit.message
    assert "21" in unit.message
    assert bad.skipped == 6
    assert bad.answers == {"small": [{"id": 1}, {"id": 1}]}

    assert (
        "correct models/bronze/promised.sql"
        in error_of_build(BuildResult([promised], ok=False), settings).remedy
    )
    bad.nodes.sort(key=lambda node: node.name != "broken")
    error = error_of_build(bad, settings)
    assert error.exit_code == ExitCode.BUILD_FAILED
    assert "Failed: model broken" in error.message
    assert "6 models and tests after that were skipped" in error.message
    assert "repair or quarantine" in error.remedy
    assert "unique_field 1, n_records 2" in error.examples


def test_a_child_that_cannot_start(tmp_path: Path) -> None:
    settings = tiny_project(tmp_path)
    result = run(settings, ("build",), extra_environment={"PYTHONHOME": str(tmp_path / "nowhere")})
    assert not result.ok
    assert "Python" in result.failures[0].message


STOPPED = """
import signal, sys
from pathlib import Path
from unittest.mock import Mock
from orchestration.dbt import run
from orchestration.settings import load_settings
signal.signal(signal.SIGTERM, signal.default_int_handler)
listener = Mock()
listener.node_started = lambda name: print(name, flush=True)
root = Path(sys.argv[1])
try:
    run(load_settings(project_dir=root, duckdb=root / "w.duckdb"), ("build",), listener=listener)
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to send to a process")
@pytest.mark.parametrize(
    ("number", "code"),
    [
        pytest.param(signal.SIGTERM, 130, marks=pytest.mark.slow, id="told to end"),
        pytest.param(signal.SIGKILL, -9, id="killed"),
    ],
)
def test_dbt_ends_with_its_parent(tmp_path: Path, number: signal.Signals, code: int) -> None:
    slow = "select sum(i * j) as amount from range(1000000) as a (i), range(1000000) as b (j)"
    settings = tiny_project(tmp_path, bronze__raw_lines=slow)
    run = subprocess.Popen(
        [sys.executable, "-c", STOPPED, str(settings.project_dir)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )
    assert run.stdout is not None
    assert run.stdout.readline() == "raw_lines\n"
    time.sleep(0.5)
    began = time.monotonic()
    run.send_signal(number)
    assert run.wait(30) == code
    run.stdout.close()
    while time.monotonic() - began < 15:
        try:
            duckdb.connect(str(tmp_path / "w.duckdb")).close()
            break
        except duckdb.IOException:  # dbt still holds it
            time.sleep(0.1)
    else:
        pytest.fail("dbt goes on without its parent")


def test_variables_that_change_a_build_do_not_reach_dbt(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("DBT_")]:
        monkeypatch.delenv(name)
    changing = ("DBT_EXCLUDE_RESOURCE_TYPES", "DBT_FULL_REFRESH", "DBT_RESOURCE_TYPES", "DBT_VARS")
    for name in (*changing, "DBT_LOG_PATH", "DBT_ENV_SECRET_TOKEN", "DBT_ENGINE_FAIL_FAST"):
        monkeypatch.setenv(name, "x")
    assert dbt.ignored_variables() == sorted((*changing, "DBT_ENGINE_FAIL_FAST"))
    environment = dbt.dbt_environment(load_settings())
    assert not {*changing, "DBT_ENGINE_FAIL_FAST"} & set(environment)
    assert environment["DBT_ENV_SECRET_TOKEN"] == environment["DBT_LOG_PATH"] == "x"


# --- What failed, and what to do about it ---------------------------------------------------------


def failed(message: str, **about: str) -> BuildResult:
    node = NodeResult("a", status="error", message=message, **about)  # type: ignore[arg-type]
    return BuildResult([node], ok=False)


@pytest.mark.parametrize(
    ("message", "code", "words"),
    [
        ("IO Error: Could not write all bytes: No space left on device", ExitCode.IO, "space"),
        ("Could not set lock on file 'w.duckdb'", ExitCode.BUSY, "Close it there"),
        ("Invalid Input Error: CSV Error on Line: 3", ExitCode.BAD_INPUT, "Correct the file"),
        ("Out of Memory Error: failed to pin block", ExitCode.IO, "temporary files"),
        ("IO Error: Corrupt database file: computed checksum 1", ExitCode.IO, "Restore it"),
        ("Env var required but not provided: 'X'", ExitCode.USAGE, "environment variable"),
        ("Conversion Error: Could not convert 'many'", ExitCode.BUILD_FAILED, "source files"),
        ("Binder Error: no such column", ExitCode.BUILD_FAILED, "Open dbt_project.yml"),
        ("Not published: model a was never run", ExitCode.BUILD_FAILED, "run again"),
        (
            "The source and target schemas on this incremental model are out of sync!",
            ExitCode.BUILD_FAILED,
            "run --full-refresh",
        ),
        (
            'Table "rules" does not have a column with name "threshold"',
            ExitCode.BUILD_FAILED,
            "run --full-refresh",
        ),
    ],
)
def test_each_cause_has_its_remedy(message: str, code: ExitCode, words: str) -> None:
    error = error_of_build(failed(message, file="dbt_project.yml"), load_settings())
    assert error.exit_code == code
    assert words in error.remedy


def test_a_value_that_does_not_fit_is_found_in_the_files(tmp_path: Path) -> None:
    settings = load_settings(landing=tmp_path)
    (tmp_path / "sales.csv").write_text("id,quantity\n1,2\n2,many\n")
    error = error_of_build(failed("Conversion Error: Could not convert 'many'"), settings)
    assert error.examples == "  sales.csv, line 3: many"


def test_rules_and_differences_are_named(tmp_path: Path) -> None:
    rule = {
        "rule_id": "price_missing",
        "source": "crm_sales",
        "title": "Price missing",
        "rows_touched": "6",
        "rows_validated": "201",
        "share": "0.02985",
        "error_threshold": "0.01",
    }
    (tmp_path / "sales.csv").write_text('id,price\n\n1,"a\nb"\n2,\n')
    row = {"rule_id": "price_missing", "file": "sales.csv", "row_number": 2, "value_before": None}
    result = failed("x", kind="test")
    result.answers = {"rules": [rule], "rows of rules": [row]}
    error = error_of_build(result, load_settings(landing=tmp_path))
    reason = (
        "price_missing: 6 of 201 rows of crm_sales (2.99%, at most 1.00% allowed): Price missing"
    )
    assert reason in error.message
    assert error.examples == "  rule_id price_missing, file sales.csv, line 5"
    assert "data_quality_rules.csv" in error.remedy
    result.answers = {"differences": [{"source": "s", "measure": "rows", "difference": "-1"}]}
    error = error_of_build(result, load_settings())
    assert "s, rows: -1 of what the files hold is not accounted for" in error.message
    assert "loses or multiplies" in error.remedy


def test_many_failures_are_counted_not_listed() -> None:
    nodes = [NodeResult(f"model_{i}", status="error", message="x\n" * 100) for i in range(30)]
    message = error_of_build(BuildResult(nodes, ok=False), load_settings()).message
    assert "27 more" in message
    assert len(message.splitlines()) < 90


def test_a_crash_explains_a_node_without_message(tmp_path: Path) -> None:
    """As when the disk is full: the node is marked failed, and dbt ends before it says why."""
    events = dbt._Events(None)
    events.take('{"event": "end", "id": "model.tiny.fact", "name": "fact", "status": "error"}')
    events.take(
        '{"event": "done", "ok": false, "error": "FATAL Error: No space left on device",'
        ' "failed": [], "answers": {}}'
    )
    events.take('{"event": "en')  # killed while it wrote
    (failure,) = dbt._explained(events.result, tmp_path).failures
    assert (failure.name, failure.message) == ("fact", "FATAL Error: No space left on device")


def test_profiles_follow_the_example_until_somebody_edits_them(tmp_path: Path) -> None:
    profiles, example = tmp_path / "profiles.yml", tmp_path / "profiles.yml.example"
    assert not ensure_profiles(tmp_path)
    example.write_text("one: 1\n")
    assert ensure_profiles(tmp_path)
    assert not ensure_profiles(tmp_path)
    example.write_text("two: 2\n")
    assert ensure_profiles(tmp_path)
    assert profiles.read_text().endswith("\ntwo: 2\n")
    profiles.write_text(profiles.read_text() + "mine: 3\n")
    example.write_text("three: 3\n")
    assert not ensure_profiles(tmp_path)
    assert "mine: 3" in profiles.read_text()


def test_a_project_that_cannot_be_read(tmp_path: Path) -> None:
    settings = tiny_project(tmp_path)
    crash = "Compilation Error in model fact (models/gold/fact.sql)\n  depends on 'missing'"
    result = dbt._explained(BuildResult(ok=False, crash=crash), tmp_path)
    (failure,) = result.failures
    assert (failure.message, failure.file) == ("depends on 'missing'", "models/gold/fact.sql")
    error = error_of_build(result, settings)
    assert error.remedy == "Open models/gold/fact.sql, correct it and run again."


# --- Where the packages come from -----------------------------------------------------------------


@pytest.fixture
def with_packages(tmp_path: Path) -> Path:
    (tmp_path / "packages.yml").write_text(
        "packages:\n  - package: somebody/dbt_utils\n    version: 1.0.0\n"
    )
    put_package(tmp_path / "requirements/offline_packages")
    return tmp_path


def put_package(folder: Path) -> None:
    (folder / "dbt_utils").mkdir(parents=True)
    (folder / "dbt_utils" / "dbt_project.yml").touch()


def test_packages_of_the_hub_are_used_when_they_are_complete(with_packages: Path) -> None:
    assert required_packages(with_packages) == ["dbt_utils"]
    (with_packages / "dbt_packages").mkdir()
    assert packages_dir(with_packages) == with_packages / "requirements/offline_packages"
    put_package(with_packages / "dbt_packages")
    assert packages_dir(with_packages) == with_packages / "dbt_packages"


def test_the_environment_chooses_the_packages(
    with_packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_package(with_packages / "mine")
    monkeypatch.setenv("DBT_PACKAGES_DIR", "mine")
    assert packages_dir(with_packages) == with_packages / "mine"
    monkeypatch.setenv("DBT_PACKAGES_DIR", "nowhere")
    with pytest.raises(LakehouseError, match="does not hold the dbt packages dbt_utils"):
        packages_dir(with_packages)


def test_without_a_hub_the_offline_packages_are_used(
    with_packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_PACKAGE_HUB_URL", "http://127.0.0.1:9/")
    began = time.monotonic()
    assert "requirements/offline_packages is used" in install(with_packages)
    assert time.monotonic() - began < 10


def test_the_project_has_its_offline_packages(project_dir: Path) -> None:
    names = required_packages(project_dir)
    assert names
    for name in names:
        assert (project_dir / "requirements/offline_packages" / name / "dbt_project.yml").is_file()
