"""Calls to Databricks: one place for what their errors mean and for what to do about them.

The SDK itself repeats what was throttled or lost (`Config(retry_timeout_seconds=...)`) and polls
what takes time (`.result(timeout=..., callback=...)`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import requests
from databricks.sdk.errors import (
    DeadlineExceeded,
    NotFound,
    OperationFailed,
    PermissionDenied,
    TemporarilyUnavailable,
    TooManyRequests,
    Unauthenticated,
)
from databricks.sdk.errors.base import DatabricksError

from orchestration.errors import LakehouseError

Report = Callable[[str], None]
"""Hears in a line what is going on; `RunConsole.note` is one."""

API_ERRORS = (
    DatabricksError,
    OperationFailed,
    requests.exceptions.RequestException,
    TimeoutError,
)

TOKEN_REMEDY = (
    "Set DATABRICKS_TOKEN to a token of this workspace that has not expired, or "
    "DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET of a service principal, or run "
    "`databricks auth login`. "
    "`databricks auth describe` shows which credentials are used."
)
AWAY_REMEDY = (
    "The workspace or the network is not available at the moment. Run the command again later; "
    "it continues where this one stopped."
)
_REMEDIES: dict[type[BaseException], str] = {
    Unauthenticated: TOKEN_REMEDY,
    PermissionDenied: "The user lacks a privilege; docs/deploy.md lists those needed.",
    NotFound: "Check the name or id, and that the bundle is deployed: databricks bundle summary.",
}
_GENERAL_REMEDY = "docs/deploy.md has a section on what can go wrong."
Remedies = Mapping[type[BaseException], str]


def silent(_: str) -> None:
    """Report nothing."""


@contextmanager
def explained(doing: str, remedies: Remedies | None = None) -> Iterator[None]:
    """Turn an error of the Databricks API into a `LakehouseError`.

    `doing` says what the block does, as in "Looking up the warehouse". The remedies are for errors
    where the general advice is too general.
    """
    try:
        yield
    except API_ERRORS as error:
        message = f"{doing}: {first_line(error)}"
        real = real_error(error)
        raise LakehouseError(message, _remedy(real, message, remedies or {})) from real


def _remedy(error: BaseException, message: str, remedies: Remedies) -> str:
    if is_transient(error):
        return AWAY_REMEDY
    if isinstance(error, PermissionDenied) and "access token" in message.lower():
        return TOKEN_REMEDY
    known = {**_REMEDIES, **remedies}
    return next((known[kind] for kind in known if isinstance(error, kind)), _GENERAL_REMEDY)


def real_error(error: BaseException) -> BaseException:
    """The error behind the SDK's "timed out", which it raises when it gives up retrying."""
    return error.__cause__ if isinstance(error, TimeoutError) and error.__cause__ else error


def first_line(error: BaseException) -> str:
    """The API's message without the configuration that the SDK appends to it."""
    real = real_error(error)
    text = str(real).split(". Config:")[0].strip()
    return text.splitlines()[0][:300] if text else type(real).__name__


def is_transient(error: BaseException) -> bool:
    """Whether the same call may succeed later: throttled, unavailable, connection lost."""
    return isinstance(
        error,
        TooManyRequests
        | TemporarilyUnavailable
        | DeadlineExceeded
        | requests.exceptions.ConnectionError
        | requests.exceptions.Timeout,
    ) and not isinstance(error, requests.exceptions.SSLError)
