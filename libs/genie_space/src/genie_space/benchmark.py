"""A benchmark run of a space: start it, wait for it, and list the questions it missed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.dashboards import EvaluationStatusType, GenieEvalAssessment

from genie_space.deploy import space_link
from genie_space.errors import GenieSpaceError, explained, paged

_POLL_SECONDS, _PATIENCE_SECONDS = 10, 30 * 60
_RUNNING = (None, EvaluationStatusType.NOT_STARTED, EvaluationStatusType.RUNNING)


@dataclass(frozen=True)
class Miss:
    """A benchmark question that was not answered correctly."""

    question: str
    assessment: str
    """`wrong`, or `needs review`."""
    reasons: tuple[str, ...] = ()
    """As the workspace words them."""

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
        """Questions with a wrong answer or none."""
        return self.questions - self.correct - self.needs_review

    @property
    def not_wrong(self) -> float:
        """The share of the questions that are correct or wait for a review, 0 to 1."""
        return 1 - self.wrong / self.questions if self.questions else 0.0

    def __str__(self) -> str:
        return (
            f"{self.correct} of {self.questions} benchmark questions correct, {self.wrong} wrong, "
            f"{self.needs_review} to review: {self.link}"
        )


def run_benchmarks(
    client: WorkspaceClient, space_id: str, *, report: Callable[[str], None] = lambda _: None
) -> BenchmarkReport:
    """Let the space answer its benchmark questions; `report` is told how far it is.

    Raises:
        GenieSpaceError: when the run fails, is cancelled, or does not end in time.
    """
    link = f"{space_link(client, space_id)}/benchmarks"
    deadline = time.monotonic() + _PATIENCE_SECONDS
    with explained("Running the benchmark"):
        run = client.genie.genie_create_eval_run(space_id)
        while run.eval_run_status in _RUNNING:
            if time.monotonic() >= deadline:
                raise GenieSpaceError(
                    f"The benchmark run {run.eval_run_id} has not ended after "
                    f"{_PATIENCE_SECONDS} seconds.",
                    f"It continues in the workspace: {link}.",
                )
            report(f"{run.num_done or 0} of {run.num_questions or '?'} questions: {link}")
            time.sleep(_POLL_SECONDS)
            run = client.genie.genie_get_eval_run(space_id, run.eval_run_id)
        if run.eval_run_status is not EvaluationStatusType.DONE:
            status = run.eval_run_status.value if run.eval_run_status else "unknown"
            raise GenieSpaceError(
                f"The benchmark run {run.eval_run_id} ended as {status}.", f"See {link}."
            )
        questions, correct = run.num_questions or 0, run.num_correct or 0
        missed = _misses(client, space_id, run.eval_run_id) if correct < questions else ()
        return BenchmarkReport(
            run.eval_run_id, questions, correct, run.num_needs_review or 0, link, tuple(missed)
        )


def _misses(client: WorkspaceClient, space_id: str, run_id: str) -> Iterator[Miss]:
    for page in paged(client.genie.genie_list_eval_results, space_id, run_id):
        for each in page.eval_results or ():
            details = client.genie.genie_get_eval_result_details(space_id, run_id, each.result_id)
            if details.assessment is GenieEvalAssessment.GOOD:
                continue
            review = details.assessment is GenieEvalAssessment.NEEDS_REVIEW
            reasons = tuple(
                reason.value.removeprefix("LLM_JUDGE_").lower().replace("_", " ")
                for reason in details.assessment_reasons or ()
            )
            question = each.question or each.benchmark_question_id
            yield Miss(question, "needs review" if review else "wrong", reasons)
