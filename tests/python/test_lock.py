from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from orchestration.errors import ExitCode, LakehouseError, from_os_error
from orchestration.lock import busy_database, require_free_database, run_lock
from orchestration.settings import Settings, load_settings

HOLD_LOCK = """
import sys
from pathlib import Path
from orchestration.lock import run_lock
with run_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""

HOLD_DATABASE = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "read")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def holder(script: str, *args: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds something until its input is closed."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


def test_the_lock_is_there_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with run_lock(tmp_path / "new" / "warehouse"):
            pass
    assert not (tmp_path / "new" / "warehouse" / ".run.json").exists()


def test_waiting_ends_when_the_other_run_does(tmp_path: Path) -> None:
    said: list[str] = []
    with holder(HOLD_LOCK, str(tmp_path)) as other:
        assert other.stdin is not None
        threading.Timer(0.5, other.stdin.close).start()
        with run_lock(tmp_path, wait=20, on_wait=said.append):
            assert other.wait(5) == 0
    assert len(said) == 1
    assert "waiting up to 20 s" in said[0]


def test_waiting_gives_up(tmp_path: Path) -> None:
    with holder(HOLD_LOCK, str(tmp_path)) as other:
        began = time.monotonic()
        with pytest.raises(LakehouseError) as caught, run_lock(tmp_path, wait=0.4):
            pytest.fail("the lock was given twice")
        assert time.monotonic() - began >= 0.4
    assert caught.value.exit_code == ExitCode.BUSY
    assert f"process {other.pid}" in caught.value.message
    assert "--wait" in caught.value.remedy


def test_a_folder_that_cannot_be_made_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LakehouseError) as caught, run_lock(tmp_path / "file" / "warehouse"):
        pytest.fail("there is a lock in a file")
    assert caught.value.exit_code == ExitCode.IO


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(
        duckdb=tmp_path / "lakehouse.duckdb", published=tmp_path / "published.duckdb"
    )


@pytest.mark.parametrize("mode", ["read", "write"])
def test_a_database_held_by_another_program_is_named(settings: Settings, mode: str) -> None:
    duckdb.connect(str(settings.duckdb)).close()
    before = settings.duckdb.stat()
    require_free_database(settings.duckdb, settings)
    assert settings.duckdb.stat().st_mtime_ns == before.st_mtime_ns
    with holder(HOLD_DATABASE, str(settings.duckdb), mode) as other:
        with pytest.raises(LakehouseError) as caught:
            require_free_database(settings.duckdb, settings)
        assert caught.value.exit_code == ExitCode.BUSY
        assert str(settings.duckdb) in caught.value.message
        assert f"process {other.pid}" in caught.value.message
    require_free_database(settings.duckdb, settings)


def test_a_database_that_is_not_there_is_free(settings: Settings) -> None:
    require_free_database(settings.duckdb, settings)
    assert not settings.duckdb.exists()


def test_a_damaged_database_is_named_with_what_to_do(settings: Settings) -> None:
    for database, words in (
        (settings.candidate, f"Copy {settings.published} over it"),
        (settings.duckdb, "move it away"),
    ):
        duckdb.connect(str(settings.published)).close()
        database.write_bytes(settings.published.read_bytes()[:3000])
        with pytest.raises(LakehouseError) as caught:
            require_free_database(database, settings)
        assert caught.value.exit_code == ExitCode.IO
        assert f"{database} is damaged" in caught.value.message
        assert words in caught.value.remedy


def test_the_holder_need_not_be_known() -> None:
    error = busy_database("IO Error: Could not set lock on file")
    assert "another program" in error.message
    assert error.exit_code == ExitCode.BUSY


@pytest.mark.parametrize(
    ("number", "expected"),
    [(errno.ENOSPC, "Free some space"), (errno.EACCES, "right to read"), (errno.EIO, "Check that")],
)
def test_errors_of_the_system_come_with_a_remedy(number: int, expected: str) -> None:
    error = from_os_error(OSError(number, os.strerror(number), "a/file"), "writing the page")
    assert error.exit_code == ExitCode.IO
    assert "writing the page" in error.message
    assert "a/file" in error.message
    assert expected in error.remedy
