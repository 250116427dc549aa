"""A benchmark run of the space: started, waited for, and told question by question."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.dashboards import (
    EvaluationStatusType,
    GenieEvalAssessment,
    GenieEvalResult,
    GenieEvalRunResponse,
)

from genie_space.deploy import space_link
from orchestration.databricks.progress import Progress, Report, silent
from orchestration.databricks.transient import DEFAULT_RETRY, RetryPolicy, once, retried
from orchestration.errors import LakehouseError

_RUNNING = (None, EvaluationStatusType.NOT_STARTED, EvaluationStatusType.RUNNING)


@dataclass(frozen=True)
class Miss:
    """A benchmark question that was not answered as it should be.

    Attributes:
        question: as it stands in the benchmark.
        assessment: `wrong`, or `needs review`.
        reasons: why, in the words of the workspace.
    """

    question: str
    assessment: str
    reasons: tuple[str, ...] = ()

    def __str__(self) -> str:
        why = f" ({', '.join(self.reasons)})" if self.reasons else ""
        return f"{self.assessment}: {self.question}{why}"


@dataclass(frozen=True)
class BenchmarkReport:
    """The outcome of a benchmark run, in numbers of questions, and what was missed."""

    run_id: str
    questions: int
    correct: int
    needs_review: int
    link: str
    misses: tuple[Miss, ...] = ()

    @property
    def wrong(self) -> int:
        """Questions answered wrongly or not at all."""
        return self.questions - self.correct - self.needs_review

    @property
    def not_wrong(self) -> float:
        """The share of the questions that are right or not judged yet, 0 to 1."""
        return 1 - self.wrong / self.questions if self.questions else 0.0

    def __str__(self) -> str:
        return (
            f"{self.correct} of {self.questions} benchmark questions right, {self.wrong} wrong, "
            f"{self.needs_review} for somebody to look at: {self.link}"
        )


def run_benchmarks(
    client: WorkspaceClient,
    space_id: str,
    *,
    timeout: timedelta = timedelta(minutes=30),
    poll_seconds: float = 10.0,
    retry: RetryPolicy = DEFAULT_RETRY,
    report: Report = silent,
    sleep: Callable[[float], None] = time.sleep,
) -> BenchmarkReport:
    """Let the space answer its benchmark questions and say what was right.

    Raises:
        LakehouseError: when the run fails, is cancelled, or does not end in time.
    """
    run = once(lambda: client.genie.genie_create_eval_run(space_id), "Starting the benchmark run")
    link = f"{space_link(client, space_id)}/benchmarks"
    waited = 0.0
    while run.eval_run_status in _RUNNING:
        if waited >= timeout.total_seconds():
            raise LakehouseError(
                f"The benchmark run {run.eval_run_id} has not ended after {waited:.0f} seconds.",
                f"It goes on without us; look at {link}.",
            )
        report(Progress("benchmark", _count(run), link, int(waited)))
        sleep(poll_seconds)
        waited += poll_seconds
        run = retried(
            lambda run_id=run.eval_run_id: client.genie.genie_get_eval_run(space_id, run_id),  # type: ignore[misc]
            "Looking at the benchmark run",
            retry,
            report,
        )
    if run.eval_run_status is not EvaluationStatusType.DONE:
        status = run.eval_run_status.value if run.eval_run_status else "unknown"
        raise LakehouseError(
            f"The benchmark run {run.eval_run_id} ended as {status}.", f"Look at {link}."
        )
    questions, correct = run.num_questions or 0, run.num_correct or 0
    misses: tuple[Miss, ...] = ()
    if correct < questions:
        misses = tuple(_misses(client, space_id, run.eval_run_id, retry, report))
    return BenchmarkReport(
        run.eval_run_id, questions, correct, run.num_needs_review or 0, link, misses
    )


def _misses(
    client: WorkspaceClient, space_id: str, run_id: str, retry: RetryPolicy, report: Report
) -> Iterator[Miss]:
    for each in _results(client, space_id, run_id, retry, report):
        details = retried(
            lambda result_id=each.result_id: client.genie.genie_get_eval_result_details(  # type: ignore[misc]
                space_id, run_id, result_id
            ),
            "Reading a benchmark result",
            retry,
            report,
        )
        if details.assessment is GenieEvalAssessment.GOOD:
            continue
        review = details.assessment is GenieEvalAssessment.NEEDS_REVIEW
        reasons = tuple(
            reason.value.removeprefix("LLM_JUDGE_").lower().replace("_", " ")
            for reason in details.assessment_reasons or ()
        )
        question = each.question or each.benchmark_question_id
        yield Miss(question, "needs review" if review else "wrong", reasons)


def _results(
    client: WorkspaceClient, space_id: str, run_id: str, retry: RetryPolicy, report: Report
) -> Iterator[GenieEvalResult]:
    token: str | None = None
    while True:
        page = retried(
            lambda page_token=token: client.genie.genie_list_eval_results(  # type: ignore[misc]
                space_id, run_id, page_token=page_token
            ),
            "Listing the benchmark results",
            retry,
            report,
        )
        yield from page.eval_results or ()
        token = page.next_page_token
        if not token:
            return


def _count(run: GenieEvalRunResponse) -> str:
    return f"{run.num_done or 0} of {run.num_questions or '?'} questions"
