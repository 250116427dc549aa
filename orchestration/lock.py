"""One run at a time, and databases that no other program holds.

The lock is a file beside the working database. The operating system releases it when the process
that holds it ends, in whatever way.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from orchestration.errors import ExitCode, LakehouseError, from_os_error
from orchestration.notes import read_note, write_note
from orchestration.settings import Settings

LOCK_NAME = ".run.lock"
OWNER_NAME = ".run.json"

_HOLDER = re.compile(r"Conflicting lock is held in (?P<program>.*?) ?\(PID (?P<pid>\d+)\)")
_DAMAGE = re.compile(
    r"not a valid DuckDB database|corrupt|computed checksum|Serialization Error"
    r"|could not read enough bytes|could not read all bytes|database has been invalidated"
    r"|WAL file",
    re.I,
)


@contextmanager
def run_lock(
    warehouse: Path, wait: float = 0.0, on_wait: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Hold the right to run; there is one for each warehouse folder, which is made if need be.

    Another run gets `wait` seconds to end; `on_wait` hears once that it is waited for.

    Raises:
        LakehouseError: with `ExitCode.BUSY` when another run goes on after the wait, with
            `ExitCode.IO` when the folder cannot be written.
    """
    lock, note = FileLock(warehouse / LOCK_NAME), warehouse / OWNER_NAME
    try:
        warehouse.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if wait > 0 and on_wait:
                on_wait(f"{_owner(note)} is working on this warehouse; waiting up to {wait:g} s.")
            lock.acquire(timeout=wait, poll_interval=0.2)
        owner = f"Another run (process {os.getpid()}, started {datetime.now():%Y-%m-%dT%H:%M:%S})"
        write_note(note, owner, "taking the lock of this warehouse")
    except Timeout as error:
        raise LakehouseError(
            f"{_owner(note)} is working on this warehouse ({warehouse}).",
            "Run again when it has ended, or let this run wait: `lakehouse run --wait 600`.",
            ExitCode.BUSY,
        ) from error
    except OSError as error:
        lock.release()
        raise from_os_error(error, "taking the lock of this warehouse") from error
    try:
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _owner(note: Path) -> str:
    """The run that holds the lock, as it describes itself to others."""
    return read_note(note, str) or "Another run"


def require_free_database(database: Path, settings: Settings, wait: float = 0.0) -> None:
    """Make sure that a database file is sound and that no other program holds it.

    One that does not exist is free. Another program gets `wait` seconds to close it.

    Raises:
        LakehouseError: with `ExitCode.BUSY`, naming the program if DuckDB knows it, or with
            `ExitCode.IO` when the file is damaged or cannot be opened.
    """
    import duckdb

    until = time.monotonic() + wait
    while database.exists():
        try:
            duckdb.connect(str(database)).close()
            return
        except duckdb.Error as error:
            message = str(error)
            if "Conflicting lock is held" not in message and "set lock on file" not in message:
                if not os.access(database, os.R_OK | os.W_OK):
                    cause = PermissionError(13, "Permission denied", str(database))
                    raise from_os_error(cause, "opening the database") from error
                raise damaged_database(message, settings, database) from error
            if time.monotonic() >= until:
                raise busy_database(message, database) from error
        time.sleep(0.2)


def busy_database(message: str, database: Path | None = None) -> LakehouseError:
    """The error for a database file that another program holds, named as DuckDB's message does."""
    holder = "another program"
    if named := _HOLDER.search(message):
        holder = f"{Path(named['program']).name or holder} (process {named['pid']})"
    which = f"The database {database}" if database else "A database file"
    return LakehouseError(
        f"{which} is held open by {holder}.",
        "Close it there and run again. To look at data while runs go on, open the published "
        "database read-only.",
        ExitCode.BUSY,
    )


def is_damage(message: str) -> bool:
    """Whether a message of DuckDB means that a database file is damaged."""
    return bool(_DAMAGE.search(message))


def damaged_database(
    message: str, settings: Settings, database: Path | None = None
) -> LakehouseError:
    """The error for a database file that cannot be read: the given one or that of the message."""
    places = (settings.candidate, settings.published, settings.duckdb)
    database = database or next((path for path in places if str(path) in message), None)
    if database == settings.candidate and settings.published.is_file():
        remedy = (
            f"Copy {settings.published} over it (it holds the same tables as of the last "
            "publication) and run again."
        )
    elif database == settings.published:
        remedy = "Run `lakehouse run --full-refresh`: it publishes a new file."
    else:
        remedy = (
            f"Restore {database or 'it'} from a backup, or move it away together with "
            f"{settings.candidate} and run again: everything is loaded from the landing folder."
        )
    first = message.strip().partition("\n")[0]
    which = f"The database {database}" if database else "A database file"
    return LakehouseError(f"{which} is damaged: {first}", remedy, ExitCode.IO)
