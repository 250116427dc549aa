"""A build is tried again for what passes by itself, and for nothing else."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from orchestration.databricks.builds import build_again, explained, is_transient_message
from orchestration.dbt import BuildResult, NodeResult
from orchestration.failures import error_of_build
from orchestration.settings import load_settings

CLOSED = "Database Error in model a\n Error during request to server: Remote end closed connection"
WRONG = "[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column with name `x` cannot be resolved"


def ended(*messages: str, kind: str = "model") -> BuildResult:
    """A build in which models failed with these messages; a good one without any."""
    nodes = [NodeResult(f"model_{i}", kind, "error", text) for i, text in enumerate(messages)]
    return BuildResult(nodes, ok=not messages)


class Builds:
    """Returns the given results, one build after the other."""

    def __init__(self, results: Iterable[BuildResult]) -> None:
        self.results = list(results)
        self.made = 0
        self.said: list[str] = []

    def run(self) -> BuildResult:
        """Build until there is a last result."""
        return build_again(self._next, self.said.append)

    def _next(self) -> BuildResult:
        self.made += 1
        return self.results[self.made - 1]


@pytest.mark.parametrize(
    "message",
    [
        CLOSED,
        "HTTPSConnectionPool(host='x', port=443): Max retries exceeded with url: /sql/1.0",
        "HTTP Response code: 503, message: TEMPORARILY_UNAVAILABLE",
        "[REQUEST_LIMIT_EXCEEDED] Too many requests",
        "('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))",
        "[DELTA_CONCURRENT_APPEND] ConcurrentAppendException: Files were added by another job",
    ],
)
def test_what_passes_by_itself(message: str) -> None:
    assert is_transient_message(message)


@pytest.mark.parametrize(
    "message",
    [
        WRONG,
        "503 rows found in fact_sales that should not be there.",
        "Error during request to server: HTTP 403, Invalid access token",
        "Max retries exceeded (Caused by SSLError: CERTIFICATE_VERIFY_FAILED certificate)",
        "",
    ],
)
def test_what_stays(message: str) -> None:
    assert not is_transient_message(message)


def test_a_closed_connection_is_followed_by_another_build() -> None:
    builds = Builds([ended(CLOSED), ended()])
    assert builds.run().ok
    assert builds.made == 2
    (said,) = builds.said
    assert "Build 1 of 3 failed with a transient error, model_0: Database Error in model a" in said


def test_it_ends_at_the_limit_with_the_last_failure() -> None:
    builds = Builds([ended(CLOSED), ended(CLOSED), ended(CLOSED, CLOSED), ended()])
    last = builds.run()
    assert len(last.failures) == 2
    assert builds.made == 3
    settings = load_settings()
    assert "Run the command again later" in explained(last, error_of_build(last, settings)).remedy
    wrong = ended(WRONG)
    error = error_of_build(wrong, settings)
    assert explained(wrong, error) is error


@pytest.mark.parametrize(
    "result", [ended(WRONG), ended(CLOSED, WRONG), ended(CLOSED, kind="unit_test")]
)
def test_a_real_error_is_not_tried_again(result: BuildResult) -> None:
    builds = Builds([result, ended()])
    assert builds.run() is result
    assert builds.made == 1
    assert builds.said == []
