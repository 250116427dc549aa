"""The one exception of this library."""

from __future__ import annotations

FAILED, USAGE, BAD_INPUT, IO = 1, 2, 3, 5


class LvdashError(Exception):
    """What is wrong and where, a remedy (which may be empty), and the exit code of the command."""

    def __init__(self, message: str, remedy: str = "", exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.exit_code = exit_code

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".rstrip()
