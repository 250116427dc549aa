"""The runner against a small dbt project, so that every way of failing can be had at will."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration import dbt
from orchestration.console import RunConsole
from orchestration.dbt import (
    BuildResult,
    Failure,
    NodeResult,
    build,
    ensure_profiles,
    to_error,
)
from orchestration.errors import ExitCode, LakehouseError
from orchestration.packages import install, packages_dir, required_packages
from orchestration.settings import Settings, load_settings

PROJECT_YML = """
name: tiny
version: "1.0.0"
profile: tiny
models:
  tiny:
    +materialized: table
    +post-hook: "{{ log_row_count(this) }}"
    bronze: {+schema: bronze}
    gold: {+schema: gold}
"""

LOG_ROW_COUNT = """
{% macro log_row_count(relation) %}
    {% if execute %}
        {% set counted = run_query('select count(*) from ' ~ relation) %}
        {% do log('rows: ' ~ counted.rows[0][0], info=true) %}
    {% endif %}
{% endmacro %}
"""

PROFILES_YML = """
tiny:
  target: local
  outputs:
    local: {type: duckdb, path: "{{ env_var('LAKEHOUSE_DUCKDB') }}", threads: 2}
"""

TESTS_YML = """
models:
  - name: raw_lines
    columns: [{name: id, data_tests: [unique]}]
  - name: fact
    columns:
      - name: amount
        data_tests:
          - accepted_values: {name: amounts_are_known, arguments: {values: [10, 20]}}
unit_tests:
  - name: amounts_are_doubled
    model: fact
    given: [{input: ref('raw_lines'), rows: [{id: 1, amount: 7}]}]
    expect: {rows: [{id: 1, amount: 14}]}
"""

MODELS = {
    "bronze/raw_lines": "select * from (values (1, 5), (2, 10)) as lines (id, amount)",
    "gold/fact": "select id, amount * 2 as amount from {{ ref('raw_lines') }}",
    "gold/totals": "select sum(amount) as amount from {{ ref('fact') }}",
}


class Recorder:
    """A listener that writes everything down."""

    def __init__(self) -> None:
        self.total = 0
        self.started: list[str] = []
        self.finished: list[NodeResult] = []

    def build_started(self, total: int) -> None:
        self.total = total

    def node_started(self, name: str, layer: str) -> None:
        self.started.append(name)

    def node_finished(self, node: NodeResult, total: int) -> None:
        assert total == self.total
        self.finished.append(node)


def tiny_project(root: Path, **models: str) -> Settings:
    """A dbt project of three models, with some replaced; names use __ for the folder."""
    changed = {name.replace("__", "/"): sql for name, sql in models.items()}
    for name, sql in {**MODELS, **changed}.items():
        path = root / "models" / f"{name}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(sql)
    (root / "dbt_project.yml").write_text(PROJECT_YML)
    (root / "macros").mkdir()
    (root / "macros" / "log_row_count.sql").write_text(LOG_ROW_COUNT)
    (root / "profiles.yml.example").write_text(PROFILES_YML)
    (root / "models" / "tests.yml").write_text(TESTS_YML)
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
        patch.delenv("DBT_TARGET_PATH", raising=False)
        patch.delenv("DBT_LOG_PATH", raising=False)
        patch.delenv("DBT_PACKAGES_DIR", raising=False)
        yield


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> tuple[BuildResult, Recorder]:
    recorder = Recorder()
    settings = tiny_project(tmp_path_factory.mktemp("good"))
    return build(settings, listener=recorder), recorder


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> BuildResult:
    """A build in which a model, a data test and a unit test fail and the rest is skipped."""
    settings = tiny_project(
        tmp_path_factory.mktemp("bad"),
        bronze__broken="select cast('many' as integer) as quantity",
        bronze__raw_lines="select * from (values (1, 5), (1, 10)) as lines (id, amount)",
        gold__after="select * from {{ ref('broken') }}",
    )
    return build(settings)


def test_a_build_that_works(good: tuple[BuildResult, Recorder]) -> None:
    result, recorder = good
    assert result.ok
    assert result.failures == []
    assert result.invocation_id
    assert recorder.total == 6
    assert len(recorder.finished) == 6
    assert {"raw_lines", "fact", "totals"} <= set(recorder.started)
    nodes = {node.name: node for node in result.nodes}
    assert nodes["raw_lines"].rows == 2
    assert nodes["totals"].rows == 1
    assert nodes["raw_lines"].layer == "bronze"
    assert nodes["fact"].layer == "gold"
    assert nodes["unique_raw_lines_id"].layer == "bronze"
    assert nodes["amounts_are_known"].is_test
    assert {node.status for node in result.nodes} == {"success", "pass"}
    assert all(node.seconds > 0 for node in result.nodes)


def test_what_failed_is_named_with_message_and_file(bad: BuildResult) -> None:
    assert not bad.ok
    assert bad.exit_code == 1
    failures = {failure.name: failure for failure in bad.failures}
    assert set(failures) == {"broken", "unique_raw_lines_id"}
    broken = failures["broken"]
    assert broken.message == "Conversion Error: Could not convert string 'many' to INT32"
    assert broken.file == "models/bronze/broken.sql"
    assert broken.compiled == "target/compiled/tiny/models/bronze/broken.sql"
    unique = failures["unique_raw_lines_id"]
    assert unique.message == "1 row found in raw_lines.id that should not be there."
    assert unique.file == "models/tests.yml"
    assert unique.compiled.endswith("unique_raw_lines_id.sql")
    assert bad.skipped == 5


def test_the_report_is_short_and_says_what_to_do(bad: BuildResult) -> None:
    error = to_error(bad)
    assert error.exit_code == ExitCode.BUILD_FAILED
    assert "Failed: model broken" in error.message
    assert "models/bronze/broken.sql" in error.message
    assert "5 that depend on" in error.message
    assert "run again" in error.remedy
    assert "unchanged" in error.remedy
    assert len(error.message.splitlines()) < 20
    assert "Traceback" not in error.message


def test_a_failed_unit_test_shows_the_difference(tmp_path: Path) -> None:
    settings = tiny_project(
        tmp_path, gold__fact="select id, amount * 3 as amount from {{ ref('raw_lines') }}"
    )
    (failure,) = build(settings).failures
    assert failure.name == "amounts_are_doubled"
    assert failure.kind == "unit_test"
    assert "actual differs from expected" in failure.message
    assert "21" in failure.message
    assert "14" in failure.message
    assert failure.file == "models/tests.yml"


def test_a_project_that_cannot_be_read(tmp_path: Path) -> None:
    settings = tiny_project(tmp_path, gold__fact="select * from {{ ref('nobody') }}")
    result = build(settings)
    assert result.exit_code == 2
    (failure,) = result.failures
    assert "nobody" in failure.message
    assert failure.file == "models/gold/fact.sql"
    assert len(to_error(result).message.splitlines()) < 15


def test_artifacts_of_another_run_are_not_reported(tmp_path: Path) -> None:
    settings = tiny_project(tmp_path, gold__fact="select * from {{ ref('nobody') }}")
    (tmp_path / "target").mkdir()
    stale = {
        "metadata": {"invocation_id": "another"},
        "results": [{"unique_id": "model.tiny.old", "status": "error", "message": "old news"}],
    }
    (tmp_path / "target" / "run_results.json").write_text(json.dumps(stale))
    assert "old news" not in to_error(build(settings)).message


def test_a_busy_database_is_told_from_a_broken_model(tmp_path: Path) -> None:
    settings = tiny_project(tmp_path)
    hold = (
        "import sys, duckdb; c = duckdb.connect(sys.argv[1]); print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(settings.duckdb)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        error = to_error(build(settings))
        assert other.stdin is not None
        other.stdin.close()
    assert error.exit_code == ExitCode.BUSY
    assert "Close it there" in error.remedy


INTERRUPTED = """
import sys
from pathlib import Path
from orchestration.dbt import build
from orchestration.settings import load_settings
class Listener:
    def build_started(self, total): pass
    def node_started(self, name, layer): print(name, flush=True)
    def node_finished(self, node, total): pass
root = Path(sys.argv[1])
try:
    build(load_settings(project_dir=root, duckdb=root / "w.duckdb"), listener=Listener())
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to send to a process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_takes_dbt_along(tmp_path: Path, number: signal.Signals) -> None:
    slow = "select sum(i * j) as amount from range(1000000) as a (i), range(1000000) as b (j)"
    settings = tiny_project(tmp_path, bronze__raw_lines=slow)
    run = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(settings.project_dir)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert run.stdout is not None
    assert run.stdout.readline() == "raw_lines\n"
    time.sleep(0.5)
    began = time.monotonic()
    run.send_signal(number)
    assert run.wait(30) == 130
    assert time.monotonic() - began < 15
    run.stdout.close()
    import duckdb

    duckdb.connect(str(tmp_path / "w.duckdb")).close()  # nobody holds it any more


@pytest.mark.parametrize(
    ("message", "code", "words"),
    [
        ("IO Error: Could not write all bytes: No space left on device", ExitCode.IO, "space"),
        ("Invalid Input Error: CSV Error on Line: 3", ExitCode.BAD_INPUT, "Correct the file"),
        ("Out of Memory Error: failed to pin block", ExitCode.IO, "spill"),
        ("Binder Error: no such column", ExitCode.BUILD_FAILED, "Open models/a.sql"),
        (
            "The source and target schemas on this incremental model are out of sync!",
            ExitCode.BUILD_FAILED,
            "run --full-refresh",
        ),
    ],
)
def test_causes_with_a_remedy_of_their_own(message: str, code: ExitCode, words: str) -> None:
    failed = BuildResult(failures=[Failure("a", "model", message, "models/a.sql")], exit_code=1)
    error = to_error(failed)
    assert error.exit_code == code
    assert words in error.remedy


def test_many_failures_are_counted_not_listed() -> None:
    failures = [Failure(f"model_{i}", "model", "x\n" * 100, "models/a.sql") for i in range(30)]
    message = to_error(BuildResult(failures=failures, exit_code=1)).message
    assert "27 more" in message
    assert len(message.splitlines()) < 90


def test_a_crash_is_told_where_dbt_left_no_message(tmp_path: Path) -> None:
    """As when the disk is full: the node is marked failed, and dbt ends before it says why."""
    node = {"unique_id": "model.tiny.fact", "node_name": "fact", "node_status": "error"}
    crash = "Encountered an error:\nFATAL Error: No space left on device"
    log = dbt._Log(None)
    for name, data, message in (
        ("LogModelResult", {"node_info": node, "execution_time": 1.0}, "ERROR"),
        ("MainEncounteredError", {}, crash),
        ("MainStackTrace", {}, "Traceback (most recent call last)"),
    ):
        log.take(json.dumps({"info": {"name": name, "msg": message}, "data": data}))
    (failure,) = dbt._failures(tiny_project(tmp_path), log)
    assert failure.name == "fact"
    assert failure.message == "FATAL Error: No space left on device"


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


def test_output_that_is_no_json_is_kept_for_a_crash(tmp_path: Path) -> None:
    settings = tiny_project(tmp_path)
    result = build(settings, extra_environment={"PYTHONHOME": str(tmp_path / "nowhere")})
    assert not result.ok
    assert result.failures[0].message


def test_the_console_shows_models_layers_and_rows(
    good: tuple[BuildResult, Recorder], capsys: pytest.CaptureFixture[str]
) -> None:
    from rich.console import Console

    _, recorder = good
    with RunConsole(Console(soft_wrap=True, highlight=False)) as console:
        console.build_started(recorder.total)
        for node in recorder.finished:
            console.node_started(node.name, node.layer)
            console.node_finished(node, recorder.total)
        console.layers()
    lines = capsys.readouterr().out.splitlines()
    assert any("raw_lines" in line and "2 rows" in line for line in lines)
    (gold,) = [line for line in lines if line.startswith("gold")]
    assert gold.split() == ["gold", "2", "3", gold.split()[3], "2"]


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
