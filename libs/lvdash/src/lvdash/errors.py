"""The one exception of this library."""

from __future__ import annotations

FAILED, USAGE, BAD_INPUT, IO = 1, 2, 3, 5


class LvdashError(Exception):
    """A dashboard file, a database or a browser that cannot be used.

    Attributes:
        message: what is wrong and where.
        remedy: what to do about it; may be empty.
        exit_code: 1 failed, 2 wrong usage, 3 unusable input, 5 cannot read or write.
    """

    def __init__(self, message: str, remedy: str = "", exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.exit_code = exit_code

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".rstrip()
