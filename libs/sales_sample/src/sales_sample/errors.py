"""What can go wrong in a way that the user can put right."""

from __future__ import annotations


class SalesSampleError(Exception):
    """An error with a remedy.

    Args:
        message: what is wrong, and where.
        remedy: what to do about it; may be empty.
        exit_code: of the command; 2 for wrong usage, 5 if something cannot be written.
    """

    def __init__(self, message: str, remedy: str = "", exit_code: int = 2) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.exit_code = exit_code

    def __str__(self) -> str:
        return f"{self.message}\n{self.remedy}" if self.remedy else self.message
