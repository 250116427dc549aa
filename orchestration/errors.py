"""What can go wrong in a way that a user can put right, and the exit codes.

This is the one place where exit codes are defined; `lakehouse --help`, the README and the
tests refer to it.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol, runtime_checkable


class ExitCode(IntEnum):
    """Exit codes of `lakehouse`; `EXIT_CODES` says what each of them means."""

    OK = 0
    BUILD_FAILED = 1
    USAGE = 2
    BAD_INPUT = 3
    BUSY = 4
    IO = 5
    INTERRUPTED = 130


EXIT_CODES = (
    "Exit codes: 0 all worked, 1 a model, test or step failed, 2 wrong usage or setting, "
    "3 a source file cannot be used, 4 another run or program holds the database, "
    "5 disk full or a file cannot be read or written, 130 interrupted."
)
"""For the help. A source file that cannot be used stops a run before anything is written."""


@runtime_checkable
class Explained(Protocol):
    """What the command shows of an error, whichever library raised it."""

    message: str
    remedy: str
    exit_code: int


@dataclass(eq=False)
class LakehouseError(Exception):
    """An error with a remedy."""

    message: str
    """What is wrong and where (file, line), in one or a few lines."""
    remedy: str = ""
    exit_code: int = ExitCode.BUILD_FAILED
    examples: str = ""
    """Rows or values that show it; for the terminal only, as they may be personal data."""

    def __str__(self) -> str:
        return f"{self.message}\n{self.remedy}" if self.remedy else self.message


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: where, what, and what to do about it."""

    where: str
    """A file, with its line where it is known."""
    text: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" if self.where else self.text


def from_os_error(error: OSError, doing: str) -> LakehouseError:
    """Put an error of the operating system into plain words.

    `doing` says what was being done, as in "writing the dashboard".
    """
    place = f" ({error.filename})" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(f"While {doing}{place}: {error.strerror}.")
    if isinstance(error, PermissionError):
        return LakehouseError(
            f"While {doing}: no permission{place}.",
            "Give yourself the right to read or write it, or choose another place.",
            ExitCode.IO,
        )
    return LakehouseError(
        f"While {doing}{place}: {error.strerror or error}.",
        "Check that the place exists, can be read and written, and is not a broken link.",
        ExitCode.IO,
    )


@contextmanager
def os_errors(doing: str) -> Iterator[None]:
    """Raise errors of the operating system within the block as `from_os_error` puts them."""
    try:
        yield
    except OSError as error:
        raise from_os_error(error, doing) from error


def disk_full(message: str) -> LakehouseError:
    """The error for a disk without room."""
    return LakehouseError(
        message,
        "Free some space or move the warehouse with LAKEHOUSE_DUCKDB and LAKEHOUSE_PUBLISHED, "
        "then run again.",
        ExitCode.IO,
    )
