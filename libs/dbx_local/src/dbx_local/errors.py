"""The errors of this library."""

from __future__ import annotations


class DbxLocalError(Exception):
    """Something that the user can put right.

    Attributes:
        message: what is wrong.
        remedy: what to do about it; may be empty.
        exit_code: 1 failed, 2 wrong usage, 5 cannot read or write.
    """

    def __init__(self, message: str, remedy: str = "", exit_code: int = 1) -> None:
        super().__init__(f"{message} {remedy}".strip())
        self.message = message
        self.remedy = remedy
        self.exit_code = exit_code


class StatementError(Exception):
    """A SQL statement cannot be run; the client gets this text as the statement's error."""
