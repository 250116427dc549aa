"""One question to a Genie space, through the conversation API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import OperationFailed
from databricks.sdk.service.dashboards import GenieAttachment, GenieMessage, MessageStatus
from databricks.sdk.service.sql import StatementState

from genie_space.errors import GenieSpaceError, explained

_PATIENCE = timedelta(minutes=3)
_REMEDY = "Ask again, or open the conversation in the workspace."


@dataclass(frozen=True)
class Answer:
    """What a space made of a question."""

    text: str
    """What it says: its description of the query, a question back, or why not."""
    sql: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    """Of the result, every value as text."""
    truncated: bool = False
    suggestions: tuple[str, ...] = ()
    """Questions that the space offers instead."""

    @property
    def answered(self) -> bool:
        """Whether the space answered with a query."""
        return bool(self.sql)


def ask(client: WorkspaceClient, space_id: str, question: str) -> Answer:
    """Ask the space; every question is a new conversation.

    Raises:
        GenieSpaceError: when the space cannot be asked, or gives no answer in time.
    """
    with explained("Asking the Genie space", {TimeoutError: _REMEDY}):
        started = client.genie.start_conversation(space_id, question)
        try:
            message = started.result(timeout=_PATIENCE, callback=_stop_when_over)
        except OperationFailed as error:
            return Answer(str(error) or "The space gave up on the question.")
        return _answer(client, message)


def _stop_when_over(message: GenieMessage) -> None:
    """The SDK waits on after a message is cancelled, and does not say why one failed."""
    if message.status in (MessageStatus.FAILED, MessageStatus.CANCELLED):
        raise OperationFailed(message.error.error if message.error else "")


def _answer(client: WorkspaceClient, message: GenieMessage) -> Answer:
    attachments = message.attachments or []
    words = " ".join(each.text.content or "" for each in attachments if each.text).strip()
    for each in attachments:
        if each.query and each.query.query and each.attachment_id:
            text = each.query.description or words or each.query.title or ""
            return Answer(text, each.query.query, *_result(client, message, each))
    offered = [each.suggested_questions for each in attachments if each.suggested_questions]
    suggestions = tuple(text for each in offered for text in each.questions or ())
    return Answer(words or "The space gave no query.", suggestions=suggestions)


def _result(
    client: WorkspaceClient, message: GenieMessage, attachment: GenieAttachment
) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...], bool]:
    response = client.genie.get_message_attachment_query_result(
        message.space_id,
        message.conversation_id,
        str(message.message_id or message.id),
        str(attachment.attachment_id),
    ).statement_response
    state = response.status.state if response and response.status else None
    if response is None or state is not StatementState.SUCCEEDED:
        raise GenieSpaceError(
            f"The query of the space did not succeed ({state.value if state else 'no result'}).",
            _REMEDY,
        )
    manifest = response.manifest
    schema = manifest.schema.columns if manifest and manifest.schema else None
    columns = tuple(each.name or "" for each in schema or ())
    data = response.result.data_array if response.result else None
    return columns, tuple(map(tuple, data or ())), bool(manifest and manifest.truncated)
