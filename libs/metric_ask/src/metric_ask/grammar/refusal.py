"""Why a question is not answered, and what could be asked instead."""

from __future__ import annotations

from collections.abc import Sequence

EXAMPLES = (
    "revenue by country this quarter",
    "top 10 products by revenue",
    "orders per month in the last 12 months",
    "share of revenue by category",
)


class NotUnderstoodError(Exception):
    """The question cannot be answered as it stands.

    Attributes:
        reason: why, in one or two sentences.
        suggestions: the nearest words or questions that would be understood.
    """

    def __init__(self, reason: str, suggestions: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.suggestions = tuple(suggestions)


def listed(names: Sequence[str]) -> str:
    """Names as a list that ends with an "and"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


def either(names: Sequence[str]) -> str:
    """Names as a list that ends with an "or"."""
    return " or ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
