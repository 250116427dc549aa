"""Literals where a variable belongs: what differs between targets, people, secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.check.bundle import REFERENCE, Bundle
from tools.check.documents import Path_
from tools.check.findings import Finding

_CATALOG = {"catalog", "catalog_name", "dataset_catalog"}
_SCHEMA = {"schema", "schema_name", "dataset_schema"}
_ID = {
    "warehouse_id",
    "dashboard_id",
    "job_id",
    "pipeline_id",
    "space_id",
    "alert_id",
    "existing_cluster_id",
    "instance_pool_id",
    "policy_id",
    "budget_policy_id",
    "destination_id",
}
_PRINCIPAL = {"user_name", "service_principal_name", "group_name", "principal"}
_EVERYWHERE = {"users", "admins", "account users"}
_SECRET_KEY = {"token", "password", "client_secret", "azure_client_secret"}
_SECRET = re.compile(r"\b(dapi[0-9a-f]{32}(-\d)?|dose[0-9a-f]{32}|dkea[0-9a-f]{32})\b")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_HOST = re.compile(
    r"(https?://[\w.-]+|[\w.-]+\.(cloud\.databricks\.com|azuredatabricks\.net|"
    r"gcp\.databricks\.com|databricks\.azure\.[a-z]+))"
)
_HOME = re.compile(r"/Users/(?!\$\{)[^/\s]+")
_VOLUME = re.compile(r"/Volumes/((?!\$\{)[^/\s]+|[^/\s]+/(?!\$\{)[^/\s]+)")


def check_literals(bundle: Bundle) -> Iterator[Finding]:
    """Catalogs, schemas, ids, hosts, names of people and secrets that are written out."""
    for document, path, value in bundle.scalars():
        if not isinstance(value, str):
            continue
        problem = _problem(path, value)
        if problem is not None:
            yield Finding(document.where(path), *problem)


def _problem(path: Path_, value: str) -> tuple[str, str] | None:
    """What should not be written out, and what to write instead."""
    keys = [step for step in path if isinstance(step, str)]
    key = keys[-1] if keys else ""
    if _SECRET.search(value) or (key in _SECRET_KEY and not REFERENCE.search(value)):
        return (
            "A secret is written out.",
            "Revoke it now, and take it from the environment or a secret scope.",
        )
    if match := _HOST.search(value):
        return (
            f"The host {match[0]} is written out.",
            "Leave it out; DATABRICKS_HOST or --profile says which workspace is meant.",
        )
    if match := _EMAIL.search(value):
        return (
            f"The address {match[0]} is written out.",
            "Use ${workspace.current_user.userName}, a variable, or a group.",
        )
    if match := _HOME.search(value):
        return (
            f"Somebody's folder is written out: {match[0]}.",
            "Use /Workspace/Users/${workspace.current_user.userName}.",
        )
    if _is_setting_of_a_variable(path):
        # This is where names that differ between targets belong.
        return None
    if match := _VOLUME.search(value):
        return (
            f"A volume's path is written out: {match[0]}.",
            "Put it together from ${var.catalog}, the schema's name and the volume's name.",
        )
    if REFERENCE.search(value):
        return None
    if key in _CATALOG:
        return f"The catalog {value} is written out.", "Write ${var.catalog}."
    if key in _SCHEMA:
        return (
            f"The schema {value} is written out; development puts a prefix before it.",
            "Write ${resources.schemas.<key>.name}, or the variable with the prefix.",
        )
    if key in _ID:
        return (
            f"The id {value} is written out; every workspace has another one.",
            "Use a variable with a lookup, or ${resources.<kind>.<key>.id}.",
        )
    if key in _PRINCIPAL and value not in _EVERYWHERE:
        return f"The name {value} is written out.", "Use a variable."
    if "email_notifications" in keys and not key.startswith("no_"):
        return f"The recipient {value} is written out.", "Use a variable."
    return None


def _is_setting_of_a_variable(path: Path_) -> bool:
    return path[:1] == ("variables",) or (path[:1] == ("targets",) and path[2:3] == ("variables",))
