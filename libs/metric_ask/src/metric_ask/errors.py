"""The one exception of this library."""

from __future__ import annotations


class MetricAskError(Exception):
    """Something is wrong with a metric view, a vocabulary or a database.

    `message` says what and where, `remedy` what to do about it, if anything. For a command,
    `exit_code` is 1 failed, 2 wrong usage, 3 unusable input, 5 cannot be read. A question that
    cannot be answered is no error: it gives an `Answer` that says why.
    """

    def __init__(self, message: str, remedy: str = "", exit_code: int = 3) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.exit_code = exit_code

    def __str__(self) -> str:
        return f"{self.message}\n{self.remedy}" if self.remedy else self.message
