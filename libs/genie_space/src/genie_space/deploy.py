"""A space in a workspace: found by its title, created, or updated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.errors import NotFound, PermissionDenied, ResourceConflict

from genie_space.errors import BAD_INPUT, GenieSpaceError, explained, paged
from genie_space.lint import lint_space

SPACE_VARIABLE = "DATABRICKS_GENIE_SPACE_ID"

_TABLES = (
    "A space needs its tables: run the job that builds them, and ask for SELECT on all of them."
)
_REFUSED: dict[type[BaseException], str] = {
    ResourceConflict: "Somebody changed the space a moment ago; nothing was overwritten. Copy what "
    "is worth keeping into the definition, then deploy again.",
    NotFound: _TABLES,
    PermissionDenied: _TABLES,
}


@dataclass(frozen=True)
class DeployedSpace:
    """The space after a deployment; `action` is `created`, `updated` or `unchanged`."""

    space_id: str
    link: str
    action: str


def space_link(client: WorkspaceClient, space_id: str) -> str:
    """The address of the space."""
    return f"{client.config.host}/genie/rooms/{space_id}"


def find_space(client: WorkspaceClient, title: str) -> str:
    """The id of the space with this title; empty when there is none.

    Raises:
        GenieSpaceError: when there are several.
    """
    with explained("Listing the Genie spaces"):
        spaces = [each for page in paged(client.genie.list_spaces) for each in page.spaces or ()]
    found = [each.space_id for each in spaces if each.title == title]
    if len(found) > 1:
        raise GenieSpaceError(
            f'{len(found)} spaces have the title "{title}": {", ".join(found)}.',
            f"Set {SPACE_VARIABLE} to the right one.",
        )
    return found[0] if found else ""


def deploy_space(
    client: WorkspaceClient,
    document: Mapping[str, Any],
    *,
    title: str,
    warehouse_id: str,
    description: str = "",
    space_id: str = "",
) -> DeployedSpace:
    """Create the space (a document of `build_space`), or update the one with this id or title.

    An update carries the etag it was based on: when somebody changed the space in between, the
    workspace refuses it.

    Raises:
        GenieSpaceError: when the space has faults, or the workspace refuses it.
    """
    if findings := lint_space(document):
        listed = "\n".join(f"  {finding}" for finding in findings[:20])
        raise GenieSpaceError(
            f"The space has {len(findings)} faults:\n{listed}",
            "Correct the definition; nothing was deployed.",
            BAD_INPUT,
        )
    settings: dict[str, Any] = {
        "title": title,
        "description": description or None,
        "warehouse_id": warehouse_id,
        "serialized_space": json.dumps(document, ensure_ascii=False, sort_keys=True),
    }
    known = space_id or find_space(client, title)
    if not known:
        with explained(f'Creating the space "{title}"', _REFUSED):
            known = _without_retries(client).genie.create_space(**settings).space_id
        return DeployedSpace(known, space_link(client, known), "created")
    with explained(f'Reading the space "{title}"'):
        current = client.genie.get_space(known, include_serialized_space=True)
    now = (current.title, current.description or "", current.warehouse_id)
    if now == (title, description, warehouse_id) and _same(current.serialized_space, document):
        return DeployedSpace(known, space_link(client, known), "unchanged")
    with explained(f'Updating the space "{title}"', _REFUSED):
        _without_retries(client).genie.update_space(known, etag=current.etag, **settings)
    return DeployedSpace(known, space_link(client, known), "updated")


def _without_retries(client: WorkspaceClient) -> WorkspaceClient:
    """A client of the same user that sends a request once.

    The SDK repeats a request whose answer got lost; a repeated create makes a second space.
    """
    token = client.config.authenticate().get("Authorization", "").removeprefix("Bearer ")
    config = Config(host=client.config.host, token=token, auth_type="pat", retry_timeout_seconds=1)
    return WorkspaceClient(config=config)


def _same(serialized: str | None, document: Mapping[str, Any]) -> bool:
    try:
        return bool(json.loads(serialized or "null") == document)
    except json.JSONDecodeError:
        return False
