"""One run at a time, and a database that nobody else holds.

The lock is a file beside the working database, held by the operating system: it goes with the
process that holds it, however that process ends.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from orchestration.errors import ExitCode, LakehouseError, from_os_error

LOCK_NAME = ".run.lock"
OWNER_NAME = ".run.json"

_HOLDER = re.compile(r"Conflicting lock is held in (?P<program>.*?) ?\(PID (?P<pid>\d+)\)")


@contextmanager
def run_lock(
    warehouse: Path, wait: float = 0.0, on_wait: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Hold the right to run; there is one for each warehouse folder.

    Args:
        warehouse: the folder of the working database; made if it is not there.
        wait: seconds to wait for another run to end; 0 does not wait.
        on_wait: told once, in words, that another run is being waited for.

    Raises:
        LakehouseError: with `ExitCode.BUSY` when another run goes on after the wait, with
            `ExitCode.IO` when the folder cannot be written.
    """
    lock = FileLock(warehouse / LOCK_NAME)
    try:
        warehouse.mkdir(parents=True, exist_ok=True)
        _acquire(lock, warehouse, wait, on_wait)
    except OSError as error:
        raise from_os_error(error, "taking the lock of this warehouse") from error
    try:
        _write_owner(warehouse)
        yield
    finally:
        (warehouse / OWNER_NAME).unlink(missing_ok=True)
        lock.release()


def _acquire(
    lock: FileLock, warehouse: Path, wait: float, on_wait: Callable[[str], None] | None
) -> None:
    """Take the lock at once or within `wait` seconds."""
    try:
        lock.acquire(timeout=0)
        return
    except Timeout:
        owner = describe_owner(warehouse)
    if wait > 0:
        if on_wait:
            on_wait(f"{owner} is working on this warehouse; waiting up to {wait:g} s.")
        try:
            lock.acquire(timeout=wait, poll_interval=0.2)
            return
        except Timeout:
            owner = describe_owner(warehouse)
    raise LakehouseError(
        f"{owner} is working on this warehouse ({warehouse}).",
        "Wait until it has ended and run again, or let this one wait: `lakehouse run --wait 600`.",
        ExitCode.BUSY,
    )


def _write_owner(warehouse: Path) -> None:
    """Leave a note who holds the lock, for the message of the second run."""
    note = {"pid": os.getpid(), "started": datetime.now().isoformat(timespec="seconds")}
    try:
        (warehouse / OWNER_NAME).write_text(json.dumps(note), encoding="utf-8")
    except OSError as error:
        raise from_os_error(error, "taking the lock of this warehouse") from error


def describe_owner(warehouse: Path) -> str:
    """Words for the run that holds the lock, as far as its note tells."""
    try:
        note = json.loads((warehouse / OWNER_NAME).read_text(encoding="utf-8"))
        return f"Another run (process {note['pid']}, started {note['started']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "Another run"


def require_free_database(database: Path, wait: float = 0.0) -> None:
    """Make sure that no other program holds a database file open.

    Args:
        database: the file; one that does not exist is free.
        wait: seconds to wait for the other program to let go.

    Raises:
        LakehouseError: with `ExitCode.BUSY`, naming the program if DuckDB tells it.
    """
    until = time.monotonic() + wait
    while _is_held(database):
        if time.monotonic() >= until:
            raise busy_database(_duckdb_message(database), database)
        time.sleep(0.2)


def _is_held(database: Path) -> bool:
    """Whether another process holds a lock on the file, found without opening the database."""
    if not database.exists():
        return False
    try:
        import fcntl
    except ImportError:  # not on Windows: there, DuckDB's own message comes when it opens the file
        return False
    try:
        with database.open("rb+") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.lockf(file, fcntl.LOCK_UN)
    except BlockingIOError:
        return True
    except OSError as error:
        raise from_os_error(error, "opening the working database") from error
    return False


def _duckdb_message(database: Path) -> str:
    """What DuckDB says when it cannot have the file; it knows the holder."""
    import duckdb

    try:
        duckdb.connect(str(database)).close()
    except duckdb.Error as error:
        return str(error)
    return ""


def busy_database(message: str, database: Path | None = None) -> LakehouseError:
    """The error for a database file that another program holds.

    Args:
        message: DuckDB's message, from which the program and its process id are taken.
        database: the file, when it is known.
    """
    named = _HOLDER.search(message)
    holder = "another program"
    if named:
        program = Path(named["program"]).name or "another program"
        holder = f"{program} (process {named['pid']})"
    which = f"The database {database}" if database else "A database file"
    return LakehouseError(
        f"{which} is held open by {holder}.",
        "Close it there and run again. To look at data while runs go on, open the published "
        "database read-only.",
        ExitCode.BUSY,
    )
