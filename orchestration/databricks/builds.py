"""A build on the warehouse is repeated when nothing but transient errors made it fail.

The adapter repeats single calls. What still reaches dbt, a closed connection or a warehouse without
capacity, ends the build; the next one continues, because every model is safe to repeat.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable

from orchestration.databricks.api import AWAY_REMEDY, Report, silent
from orchestration.dbt import BuildResult
from orchestration.errors import LakehouseError

ATTEMPTS = 3
FIRST_WAIT = 10.0
"""Upper bound of the first pause in seconds; it doubles each time."""

TRANSIENT = re.compile(
    r"error during request to server|max retries exceeded|remote end closed connection"
    r"|connection (aborted|reset|refused|broken)|(read|connect(ion)?|request) timed out"
    r"|\b(http|status|code|response)\D{0,20}(429|502|503|504)\b"
    r"|temporarily_?unavailable|service_?unavailable|resource_exhausted|request_limit_exceeded"
    r"|too many requests|delta_concurrent_|concurrent(append|delete\w*|transaction)exception",
    re.IGNORECASE,
)
"""As the connector, the warehouse and Delta word them."""
LASTING = re.compile(
    r"certificate|\b(401|403)\b|unauthorized|forbidden|invalid access token|nodename nor servname"
    r"|name or service not known",
    re.IGNORECASE,
)
"""Appears in the same messages, and is the same a moment later."""


def is_transient_message(message: str) -> bool:
    """Whether the same statement may succeed a moment later, by its error message."""
    return bool(TRANSIENT.search(message)) and not LASTING.search(message)


def failed_transiently(result: BuildResult) -> bool:
    """Whether a build failed, and for transient reasons only; a failed test never is one."""
    return bool(result.failures) and all(
        failure.kind != "unit_test" and is_transient_message(failure.message)
        for failure in result.failures
    )


def build_again(build: Callable[[], BuildResult], report: Report = silent) -> BuildResult:
    """Build, and build again while all failures are transient; return the last result."""
    for attempt in range(1, ATTEMPTS):
        result = build()
        if not failed_transiently(result):
            return result
        # At random, so that several runs do not come back to the warehouse at once.
        seconds = random.uniform(0, FIRST_WAIT * 2 ** (attempt - 1))
        first = result.failures[0]
        report(
            f"Build {attempt} of {ATTEMPTS} failed with a transient error, {first.name}:"
            f" {first.message.splitlines()[0][:300]}; building again in {seconds:.0f} s"
        )
        time.sleep(seconds)
    return build()


def explained(result: BuildResult, error: LakehouseError) -> LakehouseError:
    """The error of a build; a transient one needs no correction, only another run."""
    return LakehouseError(error.message, AWAY_REMEDY) if failed_transiently(result) else error
