"""One question to the Genie space through the conversation API."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.dashboards import GenieAttachment, GenieMessage, MessageStatus
from databricks.sdk.service.sql import StatementState

from metric_ask.desk import Answer
from orchestration.databricks.progress import Progress, Report, silent
from orchestration.databricks.transient import DEFAULT_RETRY, RetryPolicy, once, retried
from orchestration.errors import LakehouseError

_ENDED = (MessageStatus.COMPLETED, MessageStatus.FAILED, MessageStatus.CANCELLED)


def ask_genie(
    client: WorkspaceClient,
    space_id: str,
    question: str,
    *,
    timeout: timedelta = timedelta(minutes=3),
    poll_seconds: float = 2.0,
    retry: RetryPolicy = DEFAULT_RETRY,
    report: Report = silent,
    sleep: Callable[[float], None] = time.sleep,
) -> Answer:
    """Ask the space; every question is a conversation of its own.

    A refusal or a question back from the space is an answer that is not answered, with its words
    as the reason.

    Raises:
        LakehouseError: when the space cannot be asked, or gives no answer in time.
    """
    started: Any = once(
        lambda: client.genie.start_conversation(space_id, question), "Asking the Genie space"
    )
    conversation = str(started.response.conversation_id)
    message_id = str(started.response.message_id)
    waited = 0.0
    while True:
        message = retried(
            lambda: client.genie.get_message(space_id, conversation, message_id),
            "Waiting for the Genie space",
            retry,
            report,
        )
        if message.status in _ENDED:
            break
        if waited >= timeout.total_seconds():
            raise LakehouseError(
                f"The Genie space has not answered after {waited:.0f} seconds.",
                "Ask again, or look at the conversation in the workspace.",
            )
        report(Progress("genie", _doing(message), "", int(waited)))
        sleep(poll_seconds)
        waited += poll_seconds
    if message.status is not MessageStatus.COMPLETED:
        told = message.error.error if message.error else ""
        return Answer(question, False, reason=told or "The space gave up on the question.")
    return _answer(client, message, question, retry)


def _answer(
    client: WorkspaceClient, message: GenieMessage, question: str, retry: RetryPolicy
) -> Answer:
    attachments = message.attachments or []
    texts = [each.text.content for each in attachments if each.text]
    words = " ".join(text for text in texts if text)
    for each in attachments:
        if each.query and each.query.query and each.attachment_id:
            columns, rows, truncated = _result(client, message, each, retry)
            return Answer(
                question,
                True,
                reading=each.query.description or words or each.query.title or "",
                sql=each.query.query,
                columns=columns,
                rows=rows,
                truncated=truncated,
            )
    suggestions = tuple(
        text
        for each in attachments
        if each.suggested_questions
        for text in each.suggested_questions.questions or ()
    )
    return Answer(
        question, False, reason=words or "The space gave no query.", suggestions=suggestions
    )


def _result(
    client: WorkspaceClient, message: GenieMessage, attachment: GenieAttachment, retry: RetryPolicy
) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...], bool]:
    response = retried(
        lambda: client.genie.get_message_attachment_query_result(
            message.space_id,
            message.conversation_id,
            str(message.message_id or message.id),
            str(attachment.attachment_id),
        ),
        "Reading the Genie space's answer",
        retry,
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


def _doing(message: GenieMessage) -> str:
    return message.status.value.lower().replace("_", " ") if message.status else "waiting"
