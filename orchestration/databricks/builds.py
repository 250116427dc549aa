"""A build on the warehouse is tried again when nothing but transient errors made it fail.

The adapter and the connector under it already repeat single calls. What reaches dbt nevertheless, a
connection that was closed or a warehouse that has no room at the moment, ends the build; one more
takes up what was done, because every model and every publication is safe to repeat.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tenacity import RetryCallState, retry_if_result

from orchestration.databricks.progress import Report, silent
from orchestration.databricks.transient import AWAY_REMEDY, RetryPolicy, retrying
from orchestration.dbt import BuildResult, to_error
from orchestration.errors import LakehouseError

BUILD_RETRY = RetryPolicy(attempts=3, first_wait=10.0, longest_wait=300.0)

#: As the connector, the warehouse and Delta word them.
TRANSIENT = re.compile(
    r"error during request to server|max retries exceeded|remote end closed connection"
    r"|connection (aborted|reset|refused|broken)|(read|connect(ion)?|request) timed out"
    r"|\b(http|status|code|response)\D{0,20}(429|502|503|504)\b"
    r"|temporarily_?unavailable|service_?unavailable|resource_exhausted|request_limit_exceeded"
    r"|too many requests|delta_concurrent_|concurrent(append|delete\w*|transaction)exception",
    re.IGNORECASE,
)
#: What stands in the same sentences and will be the same a moment later.
LASTING = re.compile(
    r"certificate|\b(401|403)\b|unauthorized|forbidden|invalid access token|nodename nor servname"
    r"|name or service not known",
    re.IGNORECASE,
)


def is_transient_message(message: str) -> bool:
    """Whether the same statement may succeed a moment later, by what the failure says."""
    return bool(TRANSIENT.search(message)) and not LASTING.search(message)


def failed_for_a_moment(result: BuildResult) -> bool:
    """Whether a build failed, and for transient reasons only: a failed test never is one."""
    return bool(result.failures) and all(
        failure.kind != "unit_test" and is_transient_message(failure.message)
        for failure in result.failures
    )


def build_again(
    build: Callable[[], BuildResult],
    policy: RetryPolicy = BUILD_RETRY,
    report: Report = silent,
) -> BuildResult:
    """Build, and build again while all that failed was transient and the policy allows it.

    Returns:
        The last result, whether it is good or not.
    """

    def result(state: RetryCallState) -> BuildResult:
        assert state.outcome is not None  # called with one only
        ended: BuildResult = state.outcome.result()
        return ended

    def told(state: RetryCallState) -> str:
        first = result(state).failures[0]  # without one it is not tried again
        return (
            f"Build {state.attempt_number} of {policy.attempts} failed for a moment, {first.name}:"
            f" {first.message.splitlines()[0][:300]}; building again"
        )

    again = retrying(
        *(policy, report, told),
        retry=retry_if_result(failed_for_a_moment),
        retry_error_callback=result,
    )
    return again(build)


def explained(result: BuildResult) -> LakehouseError:
    """The error to end the command with; nobody has to correct what failed for a moment."""
    error = to_error(result)
    return LakehouseError(error.message, AWAY_REMEDY) if failed_for_a_moment(result) else error
