"""One policy for what is tried again, and one place that puts an API error into words.

The client is made so that the SDK itself gives up after one try (see `workspace.connect`): what is
tried again, how often and how it is reported is decided here. An error of the SDK's own retry loop
is a `TimeoutError` whose cause is the real one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import requests
from databricks.sdk.errors import (
    DeadlineExceeded,
    NotFound,
    PermissionDenied,
    TemporarilyUnavailable,
    TooManyRequests,
    Unauthenticated,
)
from databricks.sdk.errors.base import DatabricksError
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from orchestration.databricks.progress import Progress, Report, silent
from orchestration.errors import LakehouseError

T = TypeVar("T")

TOKEN_REMEDY = (
    "Set DATABRICKS_TOKEN to a token of this workspace that has not expired, or "
    "DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET of a service principal, or run "
    "`databricks auth login`. "
    "`databricks auth describe` shows which credentials are taken."
)

AWAY_REMEDY = (
    "The workspace or the way to it is not available at the moment. Run the command again "
    "later; what was done so far stays done."
)


@dataclass(frozen=True)
class RetryPolicy:
    """How often a transient failure is tried again.

    Attributes:
        attempts: calls in all.
        first_wait: upper bound of the first pause, in seconds; it doubles from try to try.
        longest_wait: upper bound of every pause, in seconds.
    """

    attempts: int = 5
    first_wait: float = 1.0
    longest_wait: float = 30.0


DEFAULT_RETRY = RetryPolicy()


def real_error(error: BaseException) -> BaseException:
    """The error behind the SDK's own "timed out"."""
    if isinstance(error, TimeoutError) and error.__cause__ is not None:
        return error.__cause__
    return error


def cause_of(error: LakehouseError) -> BaseException:
    """The API's error that `retried` put into words."""
    return real_error(error.__cause__) if error.__cause__ is not None else error


def is_transient(error: BaseException) -> bool:
    """Whether the same call may succeed a moment later: throttled, unavailable, connection lost."""
    real = real_error(error)
    if isinstance(real, requests.exceptions.SSLError):
        return False
    return isinstance(
        real,
        TooManyRequests
        | TemporarilyUnavailable
        | DeadlineExceeded
        | requests.exceptions.ConnectionError
        | requests.exceptions.Timeout,
    )


def retrying(
    policy: RetryPolicy, report: Report, told: Callable[[RetryCallState], str], **options: Any
) -> Retrying:
    """What calls again as a policy has it, and reports every time.

    Args:
        policy: how often, and with which pauses.
        report: hears of each failure that is followed by another try.
        told: what failed and what comes now; the seconds until then are added.
        options: tenacity's own: which outcomes are tried again, and what the last one becomes.
    """

    def tell(state: RetryCallState) -> None:
        seconds = state.next_action.sleep if state.next_action else 0
        message = f"{told(state)} in {seconds:.0f} s"
        report(Progress("retry", message, done=state.attempt_number, total=policy.attempts))

    return Retrying(
        stop=stop_after_attempt(policy.attempts),
        wait=wait_random_exponential(multiplier=policy.first_wait, max=policy.longest_wait),
        before_sleep=tell,
        **options,
    )


def retried(
    call: Callable[[], T],
    doing: str,
    policy: RetryPolicy = DEFAULT_RETRY,
    report: Report = silent,
) -> T:
    """Call, and call again while the failure is transient and the policy allows it.

    The call has to be safe to repeat: reading, writing a whole file, or carrying an idempotency
    token.

    Raises:
        LakehouseError: for any other failure of the API, or the last one, with a remedy.
    """

    def told(state: RetryCallState) -> str:
        error = state.outcome.exception() if state.outcome else None
        return f"{doing}: {first_line(error)}; trying again"

    again = retrying(policy, report, told, retry=retry_if_exception(is_transient), reraise=True)
    try:
        return again(call)
    except (DatabricksError, requests.exceptions.RequestException, TimeoutError) as error:
        raise explained(error, doing, attempts=policy.attempts) from error


def once(call: Callable[[], T], doing: str) -> T:
    """A call that is not safe to repeat: made once, its failure put into words.

    Raises:
        LakehouseError: for any failure of the API, with a remedy.
    """
    try:
        return call()
    except (DatabricksError, requests.exceptions.RequestException, TimeoutError) as error:
        raise explained(error, doing) from error


def first_line(error: BaseException | None) -> str:
    """The API's message without the configuration that the SDK appends to it."""
    if error is None:
        return "unknown error"
    text = str(real_error(error)).split(". Config:")[0].strip()
    return text.splitlines()[0][:300] if text else type(real_error(error)).__name__


def explained(error: BaseException, doing: str, attempts: int = 1) -> LakehouseError:
    """The failure of an API call as an error with a remedy."""
    real = real_error(error)
    message = f"{doing}: {first_line(error)}"
    if is_transient(error):
        return LakehouseError(
            f"{message} (tried {attempts} times)" if attempts > 1 else message,
            AWAY_REMEDY,
        )
    if isinstance(real, Unauthenticated) or (
        isinstance(real, PermissionDenied) and "access token" in first_line(real).lower()
    ):
        return LakehouseError(message, TOKEN_REMEDY)
    if isinstance(real, PermissionDenied):
        return LakehouseError(
            message, "The user lacks a right for this; docs/deploy.md lists the rights needed."
        )
    if isinstance(real, NotFound):
        return LakehouseError(
            message,
            "Check the name or id, and that the bundle is deployed: databricks bundle summary.",
        )
    return LakehouseError(message, "docs/deploy.md has a section on what can go wrong.")
