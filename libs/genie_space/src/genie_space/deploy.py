"""The Genie space in a workspace: found by its title, created, or brought up to date.

Nothing but reads is tried again by itself: a create whose answer got lost would make a second
space.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import ResourceConflict
from databricks.sdk.service.dashboards import GenieSpace

from genie_space.lint import lint_space
from orchestration.databricks.progress import Progress, Report, silent
from orchestration.databricks.transient import (
    DEFAULT_RETRY,
    RetryPolicy,
    cause_of,
    once,
    retried,
)
from orchestration.errors import LakehouseError

T = TypeVar("T")

SPACE_VARIABLE = "DATABRICKS_GENIE_SPACE_ID"


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


def space_link(client: WorkspaceClient, space_id: str) -> str:
    """The address of the space."""
    return f"{client.config.host}/genie/rooms/{space_id}"


def find_space(
    client: WorkspaceClient,
    title: str,
    *,
    retry: RetryPolicy = DEFAULT_RETRY,
    report: Report = silent,
) -> str:
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
            report,
        )
        found += [each.space_id for each in page.spaces or [] if each.title == title]
        token = page.next_page_token
        if not token:
            break
    if len(found) > 1:
        raise LakehouseError(
            f'{len(found)} spaces are called "{title}": {", ".join(found)}.',
            f"Set {SPACE_VARIABLE} to the one that is meant.",
        )
    return found[0] if found else ""


def deploy_space(
    client: WorkspaceClient,
    space: Mapping[str, Any],
    *,
    title: str,
    warehouse_id: str,
    description: str = "",
    space_id: str = "",
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
    known = space_id or find_space(client, title, retry=retry, report=report)
    if not known:
        created = _written(
            lambda: client.genie.create_space(
                warehouse_id, document, title=title, description=description or None
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
    _written(
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


def _written(call: Callable[[], T], doing: str) -> T:
    """A change of the space; the two refusals that belong to spaces get a remedy of their own."""
    try:
        return once(call, doing)
    except LakehouseError as error:
        if isinstance(cause_of(error), ResourceConflict):
            raise LakehouseError(
                error.message,
                "Somebody changed the space a moment ago; nothing was overwritten. Bring what is "
                "worth keeping into genie/*.yml, then deploy again.",
            ) from error
        if "does not exist" in error.message:
            raise LakehouseError(
                error.message,
                "A space needs its tables: run the job first, databricks bundle run "
                "sales_lakehouse or lakehouse run --target databricks.",
            ) from error
        raise


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
    link = space_link(client, space_id)
    report(Progress("genie", f"{title}: {action}", link))
    return DeployedSpace(space_id, link, action)
