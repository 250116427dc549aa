from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from orchestration.cli import app
from orchestration.errors import EXIT_CODES, ExitCode, LakehouseError
from orchestration.notes import read_note
from orchestration.status import LastRun
from tests.python.conftest import PROJECT, lakehouse, places
from tests.python.test_lock import HOLD_LOCK, holder


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return places(tmp_path)


def invoke(*arguments: str, env: Mapping[str, str] | None = None) -> Result:
    """Run `lakehouse` in this process."""
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "200", **(env or {})})


def test_help_is_quick_and_lists_commands_and_exit_codes() -> None:
    done = lakehouse("--help")
    assert done.returncode == 0
    for command in ("run", "sample", "dashboard", "status"):
        assert f" {command} " in done.stdout
    assert "4 another run" in " ".join(done.stdout.split())


def test_the_command_line_loads_nothing_heavy() -> None:
    heavy = ("dbt", "duckdb", "numpy", "pydantic", "databricks", "jinja2")
    script = f"import sys, orchestration.cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_every_exit_code_is_explained() -> None:
    for code in ExitCode:
        assert f"{code.value} " in EXIT_CODES


def test_version() -> None:
    assert invoke("--version").stdout.startswith("lakehouse 0.")


@pytest.mark.parametrize(
    ("sink", "code", "said"),
    [("closed pipe", ExitCode.OK, ""), ("/dev/full", ExitCode.IO, "The output cannot be written.")],
)
def test_where_the_output_goes(env: dict[str, str], sink: str, code: int, said: str) -> None:
    if sink == "/dev/full":
        target = os.open(sink, os.O_WRONLY)
    else:
        reader, target = os.pipe()
        os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "orchestration", "status"],
        cwd=PROJECT,
        env={**os.environ, **env},
        stdout=target,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(target)
    assert done.returncode == code, done.stderr
    assert said in done.stderr


def test_a_wrong_option_is_wrong_usage() -> None:
    assert invoke("run", "--tarket", "local").exit_code == ExitCode.USAGE


@pytest.mark.parametrize("command", ["run", "upload"])
def test_no_landing_folder_writes_nothing(
    env: dict[str, str], tmp_path: Path, command: str
) -> None:
    done = invoke(command, env=env)
    assert done.exit_code == ExitCode.BAD_INPUT
    assert f"{tmp_path / 'landing'} does not exist" in done.stderr
    assert "What to do: Name the folder" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_option_wins_over_the_environment(env: dict[str, str], tmp_path: Path) -> None:
    done = invoke("run", "--landing", str(tmp_path / "other"), env=env)
    assert f"{tmp_path / 'other'} does not exist" in done.stderr


def test_two_runs_at_once(env: dict[str, str], small_landing: Path, tmp_path: Path) -> None:
    with holder(HOLD_LOCK, str(tmp_path / "warehouse")) as other:
        done = invoke("run", env=env)
    assert done.exit_code == ExitCode.BUSY
    assert f"process {other.pid}" in done.stderr
    assert small_landing.is_dir()


def test_a_page_needs_something_published(env: dict[str, str]) -> None:
    done = invoke("dashboard", env=env)
    assert done.exit_code != 0
    assert "Nothing is published yet" in done.stderr
    assert "lakehouse run" in done.stderr


def test_status_of_nothing(env: dict[str, str], tmp_path: Path) -> None:
    done = invoke("status", env=env)
    assert done.exit_code == 0
    assert "nothing yet" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("raised", "code", "words"),
    [
        (LakehouseError("Wrong.", "Put it right.", 3), 3, "Put it right."),
        (KeyboardInterrupt(), 130, "Interrupted"),
        (OSError(28, "No space left on device", "/a/file"), 5, "Free some space"),
        (PermissionError(13, "Permission denied", "/a/file"), 5, "/a/file"),
    ],
)
def test_errors_become_messages_and_exit_codes(
    monkeypatch: pytest.MonkeyPatch, raised: BaseException, code: int, words: str
) -> None:
    def fail(**_: object) -> None:
        raise raised

    monkeypatch.setattr("orchestration.settings.load_settings", fail)
    done = invoke("status")
    assert done.exit_code == code
    assert words in done.stderr
    assert "Traceback" not in done.output


# --- The whole way -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sample_env(published_sample: Path) -> dict[str, str]:
    return places(published_sample.parents[1])


def test_a_run_leaves_page_log_and_published_tables(
    published_sample: Path, sample_env: dict[str, str]
) -> None:
    assert (Path(sample_env["LAKEHOUSE_SITE"]) / "dashboard.html").stat().st_size > 10_000
    record = read_note(published_sample.parent / ".last_run.json", LastRun)
    assert record is not None
    assert (record.result, record.exit_code, record.failed) == ("ok", 0, [])
    assert record.files == 6
    assert record.rows > 10_000
    assert record.models > 20
    assert record.tests > 20


def gold(published: Path) -> dict[str, tuple[object, ...]]:
    """Rows and a checksum of every gold table, whenever its rows were validated."""
    connection = duckdb.connect()
    connection.execute(f"attach '{published}' as published (read_only)")
    tables = connection.execute(
        "select table_name from duckdb_tables()"
        " where database_name = 'published' and schema_name = 'gold'"
        " and table_name <> 'data_quality_monitors'"  # compares a run with the runs before it
    ).fetchall()
    rows = "select columns(lambda c: c <> 'validated_at') from published.gold.{}"
    query = f"select count(*), sum(hash(t)::hugeint) from ({rows}) as t"
    found = {name: connection.execute(query.format(name)).fetchone() or () for (name,) in tables}
    connection.close()
    return found


def test_a_second_run_reads_no_file_again_and_changes_nothing(
    published_sample: Path, sample_env: dict[str, str]
) -> None:
    before = gold(published_sample)
    assert len(before) >= 6
    done = lakehouse("run", env=sample_env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 new" in done.stdout
    assert "Nothing has changed since the last run" in done.stdout
    assert gold(published_sample) == before


def test_the_run_says_what_it_did(published_sample: Path, sample_env: dict[str, str]) -> None:
    status = lakehouse("status", env=sample_env)
    assert status.returncode == 0
    text = status.stdout
    assert "ok on local" in text
    for label in ("lines", "orders", "customers", "revenue", "dates", "quality"):
        assert f"  {label} " in text
    lines, _ = gold(published_sample)["fact_sales"]
    assert f"{lines:,}" in text
    assert "crm_sales_details" in text


def test_the_real_files_give_the_known_figures(published_bootcamp: Path) -> None:
    env = places(published_bootcamp.parents[1])
    text = lakehouse("status", env=env).stdout
    for figure in ("60,398", "27,659", "18,484", "29,356,250", "295"):
        assert figure in text
