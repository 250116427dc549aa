"""Runs of jobs: wait for one, show where it is, say why it failed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import requests
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.service.jobs import Run, RunLifeCycleState, RunResultState, RunState, RunTask

from orchestration.databricks.progress import Progress, Report, silent
from orchestration.databricks.transient import DEFAULT_RETRY, RetryPolicy, first_line, retried
from orchestration.errors import LakehouseError

_ENDED = frozenset(
    {
        RunLifeCycleState.TERMINATED,
        RunLifeCycleState.SKIPPED,
        RunLifeCycleState.INTERNAL_ERROR,
    }
)


@dataclass(frozen=True)
class FinishedRun:
    """A run that succeeded.

    Attributes:
        run_id: the run.
        link: its page in the workspace.
        seconds: how long it was waited for.
    """

    run_id: int
    link: str
    seconds: float


def wait_for_run(
    client: WorkspaceClient,
    run_id: int,
    *,
    step: str,
    timeout: timedelta,
    poll_seconds: float = 5.0,
    cancel_on_timeout: bool = True,
    retry: RetryPolicy = DEFAULT_RETRY,
    report: Report = silent,
    sleep: Callable[[float], None] = time.sleep,
) -> FinishedRun:
    """Wait until a run has ended well.

    Args:
        client: the workspace.
        run_id: the run to wait for.
        step: what the run is for, as `Progress.step`.
        timeout: the longest wait; a run that takes longer is cancelled, it would cost on.
        poll_seconds: seconds between two looks.
        cancel_on_timeout: False leaves a run alone that belongs to somebody else.
        retry: for looks that fail.
        report: told whenever the state of the run or of a task changes.
        sleep: how to wait.

    Raises:
        LakehouseError: when the run fails, is cancelled or takes too long; with a link to its page.
    """
    began = time.monotonic()
    told: tuple[str, ...] = ()
    while True:
        run = retried(lambda: client.jobs.get_run(run_id), "Looking at the run", retry, report)
        elapsed = time.monotonic() - began
        link = run.run_page_url or ""
        state = run.state or RunState()
        now = (_words(state), *(f"{t.task_key} {_words(t.state)}" for t in run.tasks or ()))
        if now != told:
            message = ", ".join(now[1:]) if len(now) > 2 else now[0]
            report(Progress(step, message, link, int(elapsed), int(timeout.total_seconds())))
            told = now
        if state.life_cycle_state in _ENDED:
            if state.result_state is RunResultState.SUCCESS:
                return FinishedRun(run_id, link, elapsed)
            raise _failure(client, run, state)
        if elapsed >= timeout.total_seconds():
            raise _too_long(client, run, elapsed, cancel_on_timeout)
        sleep(poll_seconds)


def run_job(
    client: WorkspaceClient,
    job_id: int,
    *,
    idempotency_token: str,
    only: Sequence[str] = (),
    timeout: timedelta = timedelta(hours=2),
    poll_seconds: float = 10.0,
    retry: RetryPolicy = DEFAULT_RETRY,
    report: Report = silent,
    sleep: Callable[[float], None] = time.sleep,
) -> FinishedRun:
    """Run the deployed job now, as the principal it is set to run as, and wait for it.

    Args:
        client: the workspace.
        job_id: the job, as `databricks bundle summary` shows it.
        idempotency_token: at most 64 characters; the same token starts the same run once only.
        only: keys of the tasks to run; all when empty.
        timeout: the longest wait; the job's own timeout goes on to hold after it.
        poll_seconds: seconds between two looks.
        retry: for calls that fail.
        report: told about the progress.
        sleep: how to wait.

    Raises:
        LakehouseError: when the run cannot be started, fails, or takes longer than the timeout.
    """
    run_id = retried(
        lambda: (
            client.jobs.run_now(
                job_id, idempotency_token=idempotency_token, only=list(only) or None
            ).run_id
        ),
        "Starting the job",
        retry,
        report,
    )
    return wait_for_run(
        client,
        run_id,
        step="job",
        timeout=timeout,
        poll_seconds=poll_seconds,
        cancel_on_timeout=False,
        retry=retry,
        report=report,
        sleep=sleep,
    )


def _words(state: RunState | None) -> str:
    """The state as a word: waiting, running, succeeded, failed."""
    if state is None or state.life_cycle_state is None:
        return "waiting"
    if state.result_state is RunResultState.SUCCESS:
        return "succeeded"
    if state.result_state is not None:
        return str(state.result_state.value).lower().replace("_", " ")
    return str(state.life_cycle_state.value).lower().replace("_", " ")


def _failure(client: WorkspaceClient, run: Run, state: RunState) -> LakehouseError:
    """Why the run failed: the first failed task and what it printed."""
    reasons = [state.state_message or ""]
    for task in run.tasks or ():
        result = task.state.result_state if task.state else None
        if result in (RunResultState.FAILED, RunResultState.TIMEDOUT):
            reasons.insert(0, f"task {task.task_key}: {_task_error(client, task)}")
            break
    reason = "; ".join(dict.fromkeys(filter(None, reasons))) or "no reason given"
    return LakehouseError(
        f"The run {_words(state)}: {reason}",
        f"Its page has the whole log: {run.run_page_url or f'run {run.run_id}'}",
    )


def _task_error(client: WorkspaceClient, task: RunTask) -> str:
    said = (task.state.state_message if task.state else "") or "failed"
    if task.run_id is None:
        return said
    try:
        output = client.jobs.get_run_output(task.run_id)
    except (DatabricksError, requests.exceptions.RequestException, TimeoutError) as error:
        return f"{said} (its output cannot be read: {first_line(error)})"
    return str(output.error or said)


def _too_long(client: WorkspaceClient, run: Run, elapsed: float, cancel: bool) -> LakehouseError:
    """Cancel what would run on, and say so."""
    fate = "It goes on."
    if cancel and run.run_id is not None:
        try:
            client.jobs.cancel_run(run.run_id)
            fate = "It was cancelled."
        except (DatabricksError, requests.exceptions.RequestException, TimeoutError) as error:
            fate = f"It could not be cancelled: {first_line(error)}"
    return LakehouseError(
        f"The run has not ended after {elapsed:.0f} seconds. {fate}",
        f"Its page shows what it is waiting for: {run.run_page_url or f'run {run.run_id}'}",
    )
