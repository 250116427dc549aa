"""A build is tried again for what passes by itself, and for nothing else."""

from __future__ import annotations

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


def build(*results: BuildResult) -> tuple[BuildResult, int, list[str]]:
    """Build with these results until there is a last one; it, how many were made, what was said."""
    left, said = list(results), list[str]()
    last = build_again(lambda: left.pop(0), said.append)
    return last, len(results) - len(left), said


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
    last, made, (said,) = build(ended(CLOSED), ended())
    assert last.ok
    assert made == 2
    assert "Build 1 of 3 failed with a transient error, model_0: Database Error in model a" in said


def test_it_ends_at_the_limit_with_the_last_failure() -> None:
    last, made, _ = build(ended(CLOSED), ended(CLOSED), ended(CLOSED, CLOSED), ended())
    assert len(last.failures) == 2
    assert made == 3
    settings = load_settings()
    assert "Run the command again later" in explained(last, error_of_build(last, settings)).remedy
    wrong = ended(WRONG)
    error = error_of_build(wrong, settings)
    assert explained(wrong, error) is error


@pytest.mark.parametrize(
    "result", [ended(WRONG), ended(CLOSED, WRONG), ended(CLOSED, kind="unit_test")]
)
def test_a_real_error_is_not_tried_again(result: BuildResult) -> None:
    assert build(result, ended()) == (result, 1, [])
