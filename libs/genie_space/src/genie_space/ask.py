"""One question to a Genie space, through the conversation API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.dashboards import GenieAttachment, GenieMessage, MessageStatus
from databricks.sdk.service.sql import StatementState

from genie_space.deploy import Report
from genie_space.errors import GenieSpaceError, explained

_REMEDY = "Ask again, or open the conversation in the workspace."


@dataclass(frozen=True)
class Answer:
    """What a space made of a question.

    Attributes:
        text: what the space says: its description of the query, a question back, or why not.
        sql: the query; empty when there is none.
        columns: names of the result's columns.
        rows: of the result, every value as text.
        truncated: whether there are more rows.
        suggestions: questions that the space offers instead.
    """

    text: str
    sql: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    truncated: bool = False
    suggestions: tuple[str, ...] = ()

    @property
    def answered(self) -> bool:
        """Whether the space answered with a query."""
        return bool(self.sql)


class _GaveUpError(Exception):
    """The space ended the message without an answer."""


def ask(
    client: WorkspaceClient,
    space_id: str,
    question: str,
    *,
    timeout: timedelta = timedelta(minutes=3),
    report: Report = lambda _: None,
) -> Answer:
    """Ask the space; every question is a new conversation.

    Raises:
        GenieSpaceError: when the space cannot be asked, or gives no answer in time.
    """

    def follow(message: GenieMessage) -> None:
        if message.status in (MessageStatus.FAILED, MessageStatus.CANCELLED):
            raise _GaveUpError(message.error.error if message.error else "")
        report(message.status.value.lower().replace("_", " ") if message.status else "waiting")

    with explained("Asking the Genie space", {TimeoutError: _REMEDY}):
        started = client.genie.start_conversation(space_id, question)
        try:
            message = started.result(timeout=timeout, callback=follow)
        except _GaveUpError as error:
            return Answer(str(error) or "The space gave up on the question.")
        return _answer(client, message)


def _answer(client: WorkspaceClient, message: GenieMessage) -> Answer:
    attachments = message.attachments or []
    words = " ".join(each.text.content or "" for each in attachments if each.text).strip()
    for each in attachments:
        if each.query and each.query.query and each.attachment_id:
            text = each.query.description or words or each.query.title or ""
            return Answer(text, each.query.query, *_result(client, message, each))
    suggestions = tuple(
        text
        for each in attachments
        if each.suggested_questions
        for text in each.suggested_questions.questions or ()
    )
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
    return columns, tuple(tuple(row) for row in data or ()), bool(manifest and manifest.truncated)
