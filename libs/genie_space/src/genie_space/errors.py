"""The library's error, and the one place that turns a Databricks error into a message."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from databricks.sdk.errors import NotFound, PermissionDenied, Unauthenticated
from databricks.sdk.errors.base import DatabricksError
from requests.exceptions import RequestException

FAILED, USAGE, BAD_INPUT, IO = 1, 2, 3, 5
"""Exit codes: a step failed, wrong usage, unusable input, a file cannot be read or written."""

_REMEDIES: dict[type[BaseException], str] = {
    Unauthenticated: "Check the credentials: `databricks auth describe` shows which are used.",
    PermissionDenied: "Ask for SELECT on the tables and CAN MANAGE on the space.",
    NotFound: "Check the id of the space and of the warehouse.",
}


class GenieSpaceError(Exception):
    """What is wrong and where, a remedy (which may be empty), and the exit code of the command."""

    def __init__(self, message: str, remedy: str = "", exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.exit_code = exit_code

    def __str__(self) -> str:
        return f"{self.message}\n{self.remedy}".rstrip()


@contextmanager
def explained(doing: str, remedies: Mapping[type[BaseException], str] = {}) -> Iterator[None]:
    """Turn an error of the Databricks SDK into a `GenieSpaceError`.

    `doing` says what the block does ("Creating the space"), `remedies` what to do about certain
    errors instead of the general advice.
    """
    try:
        yield
    except (DatabricksError, RequestException, TimeoutError) as error:
        # When the SDK gives up retrying, it raises a TimeoutError; the real error is its cause.
        cause = error.__cause__ if isinstance(error, TimeoutError) and error.__cause__ else error
        text = str(cause).split(". Config:")[0].strip() or type(cause).__name__
        known = {**_REMEDIES, **remedies}
        remedy = next((known[kind] for kind in known if isinstance(cause, kind)), "Try again.")
        raise GenieSpaceError(f"{doing}: {text}", remedy) from cause


def paged(call: Callable[..., Any], *arguments: str) -> Iterator[Any]:
    """Every page of a list that the SDK gives page by page."""
    page = call(*arguments)
    yield page
    while page.next_page_token:
        page = call(*arguments, page_token=page.next_page_token)
        yield page
