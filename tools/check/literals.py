"""Literals where a variable belongs: what differs between targets, people, secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestration.errors import Finding
from tools.check.bundle import REFERENCE, Bundle
from tools.check.source import Path_, leaves

# Texts for people; an address in them names nothing that is deployed to.
_PROSE = {"description", "comment", "serialized_space", "serialized_dashboard"}
_EVERYWHERE = {"users", "admins", "account users"}
_SECRET = re.compile(r"\b(dapi[0-9a-f]{32}(-\d)?|dose[0-9a-f]{32}|dkea[0-9a-f]{32})\b")
_SECRET_KEY = re.compile(r"token|password|(azure_)?client_secret")
_HOST = re.compile(
    r"(https?://)?[\w.-]+\.(cloud\.databricks\.com|azuredatabricks\.net|gcp\.databricks\.com|"
    r"databricks\.azure\.[a-z]+)"
)
_PATTERNS = (
    (
        _HOST,
        "The host {} is written out.",
        "Leave it out; DATABRICKS_HOST or --profile says which workspace is meant.",
    ),
    (
        re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"),
        "The address {} is written out.",
        "Use ${workspace.current_user.userName}, a variable, or a group.",
    ),
    (
        re.compile(r"/Users/(?!\$\{)[^/\s]+"),
        "The folder of one user is written out: {}.",
        "Use /Workspace/Users/${workspace.current_user.userName}.",
    ),
)
_VOLUME = (
    re.compile(r"/Volumes/((?!\$\{)[^/\s]+|[^/\s]+/(?!\$\{)[^/\s]+)"),
    "A volume's path is written out: {}.",
    "Put it together from ${var.catalog}, the schema's name and the volume's name.",
)
# By the key: what a value without a reference is, and what to write instead.
_KEYS = (
    ("catalog|catalog_name|dataset_catalog", "The catalog {} is written out.", "${var.catalog}"),
    (
        "schema|schema_name|dataset_schema",
        "The schema {} is written out; development puts a prefix before it.",
        "${resources.schemas.<key>.name}, or the variable with the prefix",
    ),
    (
        "(warehouse|dashboard|job|pipeline|space|alert|existing_cluster|instance_pool|policy"
        "|budget_policy|destination)_id",
        "The id {} is written out; every workspace has another one.",
        "a variable with a lookup, or ${resources.<kind>.<key>.id}",
    ),
    (
        "user_name|service_principal_name|group_name|principal",
        "The name {} is written out.",
        "a variable",
    ),
    ("host", "The host {} is written out.", "nothing: DATABRICKS_HOST or --profile says it"),
)


def check_literals(bundle: Bundle) -> Iterator[Finding]:
    """Catalogs, schemas, ids, hosts, names of people and secrets that are written out."""
    for path, at, value in leaves(bundle.data):
        if isinstance(value, str) and (problem := _problem(path, value)):
            yield Finding(at, *problem)


def _problem(path: Path_, value: str) -> tuple[str, str] | None:
    """What should not be written out, and what to write instead."""
    keys = [step for step in path if isinstance(step, str)]
    key = keys[-1] if keys else ""
    references = bool(REFERENCE.search(value))
    if _SECRET.search(value) or (_SECRET_KEY.fullmatch(key) and not references):
        remedy = "Revoke it now, and take it from the environment or a secret scope."
        return "A secret is written out.", remedy
    if key in _PROSE:
        return None
    # Names that differ between targets belong into variables.
    is_variable = path[0] == "variables"
    for pattern, what, remedy in _PATTERNS if is_variable else (*_PATTERNS, _VOLUME):
        if match := pattern.search(value):
            return what.format(match[0]), remedy
    if is_variable or references or value in _EVERYWHERE:
        return None
    if "email_notifications" in keys and not key.startswith("no_"):
        return f"The recipient {value} is written out.", "Use a variable."
    for names, what, instead in _KEYS:
        if re.fullmatch(names, key):
            return what.format(value), f"Write {instead}."
    return None
