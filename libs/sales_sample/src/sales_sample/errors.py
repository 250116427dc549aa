"""What can go wrong in a way that the user can put right."""

from __future__ import annotations

USAGE, IO = 2, 5
"""Exit codes: wrong usage, a file cannot be written."""


class SalesSampleError(Exception):
    """What is wrong and where, a remedy, and the exit code of the command."""

    def __init__(self, message: str, remedy: str, exit_code: int = USAGE) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.exit_code = exit_code

    def __str__(self) -> str:
        return f"{self.message}\n{self.remedy}"
