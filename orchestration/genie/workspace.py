"""The Genie space in a workspace: create or update it, run its benchmarks, ask it.

Written against databricks-sdk 0.117.0. Nothing here is tried again by itself except reads; a
create whose answer got lost would make a second space.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.dashboards import (
    EvaluationStatusType,
    GenieEvalRunResponse,
    GenieMessage,
    GenieSpace,
)
from databricks.sdk.service.sql import StatementState

from orchestration.databricks.progress import Progress, Report, silent
from orchestration.databricks.transient import DEFAULT_RETRY, RetryPolicy, explained, retried
from orchestration.errors import LakehouseError
from orchestration.genie.desk import Answer
from orchestration.genie.space_rules import lint_space

T = TypeVar("T")

_RUNNING = (EvaluationStatusType.NOT_STARTED, EvaluationStatusType.RUNNING)


@dataclass(frozen=True)
class DeployedSpace:
    """What became of the space.

    Attributes:
        space_id: in the workspace.
        link: where people open it.
        action: `created`, `updated` or `unchanged`.
    """

    space_id: str
    link: str
    action: str


@dataclass(frozen=True)
class BenchmarkReport:
    """The outcome of a benchmark run, in numbers of questions."""

    run_id: str
    questions: int
    correct: int
    needs_review: int
    link: str

    @property
    def wrong(self) -> int:
        """Questions answered wrongly or not at all."""
        return self.questions - self.correct - self.needs_review


def deploy_space(
    client: WorkspaceClient,
    space: Mapping[str, Any],
    *,
    title: str,
    warehouse_id: str,
    description: str = "",
    space_id: str = "",
    parent_path: str = "",
    retry: RetryPolicy = DEFAULT_RETRY,
    report: Report = silent,
) -> DeployedSpace:
    """Create the space, or bring the one with this id or title to what the project says.

    An update carries the etag it was based on: when somebody changed the space in between, the
    workspace refuses it and nothing is lost.

    Args:
        client: the workspace.
        space: as `build_space` returns it.
        title: of the space; it finds the space when no id is given.
        warehouse_id: the SQL warehouse that answers.
        description: shown under the title.
        space_id: of the space to update.
        parent_path: the folder for a new space; the user's own when empty.
        retry: for reads that fail.
        report: told what is done.

    Raises:
        LakehouseError: when the space breaks a rule, is not there, or the workspace refuses it.
    """
    if findings := lint_space(space):
        listed = "\n".join(f"  {finding}" for finding in findings[:20])
        raise LakehouseError(
            f"The space has {len(findings)} faults:\n{listed}",
            "Correct genie/*.yml; `lakehouse check` shows all of them.",
        )
    document = json.dumps(space, ensure_ascii=False, sort_keys=True)
    known = space_id or _find(client, title, retry)
    if not known:
        created = _once(
            lambda: client.genie.create_space(
                warehouse_id,
                document,
                title=title,
                description=description or None,
                parent_path=parent_path or None,
            ),
            f'Creating the space "{title}"',
        )
        return _deployed(client, created.space_id, "created", title, report)
    current = retried(
        lambda: client.genie.get_space(known, include_serialized_space=True),
        f'Reading the space "{title}"',
        retry,
        report,
    )
    if _is_same(current, space, title, warehouse_id, description):
        return _deployed(client, known, "unchanged", title, report)
    _once(
        lambda: client.genie.update_space(
            known,
            etag=current.etag,
            serialized_space=document,
            title=title,
            description=description or None,
            warehouse_id=warehouse_id,
        ),
        f'Updating the space "{title}"',
    )
    return _deployed(client, known, "updated", title, report)


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
    """Let the space answer its benchmark questions and count what was right.

    Raises:
        LakehouseError: when the run fails, is cancelled, or does not end in time.
    """
    run = _once(lambda: client.genie.genie_create_eval_run(space_id), "Starting the benchmark run")
    began = time.monotonic()
    link = f"{client.config.host}/genie/rooms/{space_id}/benchmarks"
    while run.eval_run_status in _RUNNING or run.eval_run_status is None:
        elapsed = time.monotonic() - began
        if elapsed > timeout.total_seconds():
            raise LakehouseError(
                f"The benchmark run {run.eval_run_id} has not ended after {elapsed:.0f} seconds.",
                f"It goes on without us; look at {link}.",
            )
        report(Progress("benchmark", _count(run), link, int(elapsed)))
        sleep(poll_seconds)
        run = _look(client, space_id, run.eval_run_id, retry, report)
    if run.eval_run_status is not EvaluationStatusType.DONE:
        raise LakehouseError(
            f"The benchmark run {run.eval_run_id} ended as {run.eval_run_status.value}.",
            f"Look at {link}.",
        )
    return BenchmarkReport(
        run.eval_run_id,
        run.num_questions or 0,
        run.num_correct or 0,
        run.num_needs_review or 0,
        link,
    )


def ask_genie(
    client: WorkspaceClient,
    space_id: str,
    question: str,
    *,
    timeout: timedelta = timedelta(minutes=3),
) -> Answer:
    """Ask the space through the conversation API.

    A refusal or a question back from the space is an answer that is not answered, with its words
    as the reason.

    Raises:
        LakehouseError: when the space cannot be asked.
    """
    message = _once(
        lambda: client.genie.start_conversation_and_wait(space_id, question, timeout=timeout),
        "Asking the space",
    )
    if message.error:
        return Answer(question, False, reason=message.error.error or "The space gave an error.")
    texts = [each.text.content for each in message.attachments or [] if each.text]
    words = " ".join(text for text in texts if text)
    for attachment in message.attachments or []:
        query = attachment.query
        if query is None or not query.query or not attachment.attachment_id:
            continue
        columns, rows, truncated = _result(client, message, attachment.attachment_id)
        return Answer(
            question,
            True,
            reading=query.description or words or query.title or "",
            sql=query.query,
            columns=columns,
            rows=rows,
            truncated=truncated,
        )
    suggestions = tuple(
        text
        for each in message.attachments or []
        if each.suggested_questions
        for text in each.suggested_questions.questions or ()
    )
    return Answer(
        question, False, reason=words or "The space gave no query.", suggestions=suggestions
    )


def _result(
    client: WorkspaceClient, message: GenieMessage, attachment_id: str
) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...], bool]:
    response = _once(
        lambda: client.genie.get_message_attachment_query_result(
            message.space_id,
            message.conversation_id,
            message.id or message.message_id,
            attachment_id,
        ),
        "Reading the space's answer",
    ).statement_response
    state = response.status.state if response and response.status else None
    if response is None or state is not StatementState.SUCCEEDED:
        raise LakehouseError(
            f"The space's query did not succeed ({state.value if state else 'no result'}).",
            "Ask again, or look at the conversation in the workspace.",
        )
    manifest = response.manifest
    schema = manifest.schema.columns if manifest and manifest.schema else None
    columns = tuple(each.name or "" for each in schema or ())
    data = response.result.data_array if response.result else None
    return columns, tuple(tuple(row) for row in data or ()), bool(manifest and manifest.truncated)


def _find(client: WorkspaceClient, title: str, retry: RetryPolicy) -> str:
    """The id of the space with this title; empty when there is none.

    Raises:
        LakehouseError: when there are several.
    """
    found: list[str] = []
    token: str | None = None
    while True:
        page = retried(
            lambda page_token=token: client.genie.list_spaces(page_token=page_token),  # type: ignore[misc]
            "Listing the Genie spaces",
            retry,
        )
        found += [each.space_id for each in page.spaces or [] if each.title == title]
        token = page.next_page_token
        if not token:
            break
    if len(found) > 1:
        raise LakehouseError(
            f'{len(found)} spaces are called "{title}": {", ".join(found)}.',
            "Say which one with DATABRICKS_GENIE_SPACE_ID.",
        )
    return found[0] if found else ""


def _is_same(
    current: GenieSpace,
    space: Mapping[str, Any],
    title: str,
    warehouse_id: str,
    description: str,
) -> bool:
    try:
        document = json.loads(current.serialized_space or "null")
    except json.JSONDecodeError:
        return False
    return (
        document == space
        and current.title == title
        and current.warehouse_id == warehouse_id
        and (current.description or "") == description
    )


def _deployed(
    client: WorkspaceClient, space_id: str, action: str, title: str, report: Report
) -> DeployedSpace:
    link = f"{client.config.host}/genie/rooms/{space_id}"
    report(Progress("genie", f"{title}: {action}", link))
    return DeployedSpace(space_id, link, action)


def _look(
    client: WorkspaceClient, space_id: str, run_id: str, retry: RetryPolicy, report: Report
) -> GenieEvalRunResponse:
    return retried(
        lambda: client.genie.genie_get_eval_run(space_id, run_id),
        "Looking at the benchmark run",
        retry,
        report,
    )


def _count(run: GenieEvalRunResponse) -> str:
    return f"{run.num_done or 0} of {run.num_questions or '?'} questions"


def _once(call: Callable[[], T], doing: str) -> T:
    """A call that changes something: tried once, its error in words."""
    try:
        return call()
    except LakehouseError:
        raise
    except Exception as error:  # the SDK raises errors of several families
        raise explained(error, doing) from error
