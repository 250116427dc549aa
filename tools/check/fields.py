"""Fields, types and allowed words, by the classes of `databricks-bundles` and by a table."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import importlib
import typing
from collections.abc import Iterable, Iterator
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, Union

from databricks.bundles.core import Resource, Variable

from orchestration.errors import Finding
from tools.check.bundle import REFERENCE, Bundle
from tools.check.source import Map, Seq

_BOOLEANS = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n"})


def _texts(names: str) -> dict[str, Any]:
    return dict.fromkeys(names.split(), str)


# What databricks-bundles has no class for. A dict is a mapping with these keys.
_GIT = _texts("origin_url branch commit")
_RUN_AS = _texts("user_name service_principal_name group_name")
_LOOKUP = _texts(
    "alert cluster cluster_policy dashboard instance_pool job metastore notification_destination "
    "pipeline query service_principal warehouse"
)
_ROOT: dict[str, Any] = {
    "mode": Literal["development", "production"],
    "default": bool,
    "artifacts": Any,
    "bundle": {
        **_texts("name databricks_cli_version cluster_id compute_id uuid"),
        "engine": Literal["terraform", "direct"],
        "git": _GIT,
        "deployment": {"fail_on_active_runs": bool, "lock": {"enabled": bool, "force": bool}},
    },
    "cluster_id": str,
    "compute_id": str,
    "environments": Any,
    "experimental": Any,
    "git": _GIT,
    "include": list[str],
    "permissions": [{"level": Literal["CAN_MANAGE", "CAN_VIEW", "CAN_RUN"], **_RUN_AS}],
    "presets": {
        "name_prefix": str,
        "tags": dict[str, str],
        "trigger_pause_status": Literal["PAUSED", "UNPAUSED"],
        "jobs_max_concurrent_runs": int,
        "pipelines_development": bool,
        "source_linked_deployment": bool,
        "artifacts_dynamic_version": bool,
    },
    "python": Any,
    "resources": Any,
    "run_as": _RUN_AS,
    "scripts": Any,
    "sync": dict.fromkeys(("include", "exclude", "paths"), list[str]),
    "variables": Any,
    "workspace": {
        **_texts(
            "host profile auth_type client_id account_id workspace_id azure_client_id "
            "azure_environment azure_login_app_id azure_resource_id azure_workspace_resource_id "
            "azure_tenant_id google_service_account root_path file_path artifact_path state_path "
            "resource_path"
        ),
        "azure_use_msi": bool,
    },
}
_VARIABLE = {"description": str, "default": Any, "type": Literal["complex"], "lookup": _LOOKUP}


def check_fields(bundle: Bundle) -> Iterator[Finding]:
    """Unknown and missing fields, wrong types, and words that are not allowed."""
    yield from _check(bundle.data, _ROOT, "databricks.yml", "")
    variables = bundle.data.mapping("variables")
    for name, setting in variables.items():
        if setting is not None:
            yield from _check(setting, _VARIABLE, variables.at[name], name)
    resources = bundle.data.mapping("resources")
    for kind, entries in resources.items():
        cls = resource_class(kind)
        if cls is None:
            remedy = did_you_mean(kind, ("jobs", "dashboards", "schemas", "volumes", "pipelines"))
            what = f"There is no kind of resource called {kind}."
            yield Finding(resources.at[kind], what, remedy)
        elif not isinstance(entries, Map):
            yield _wrong(entries, "a mapping of names", resources.at[kind], kind)
        else:
            for key, value in entries.items():
                yield from _check(value, cls, entries.at[key], key)


def resource_class(kind: str) -> type | None:
    """The class that describes the resources of a kind; None if there is no such kind."""
    try:
        module = importlib.import_module(f"databricks.bundles.{kind}")
    except ModuleNotFoundError:
        return None
    classes = (each for each in vars(module).values() if isinstance(each, type))
    return next((c for c in classes if issubclass(c, Resource) and c is not Resource), None)


@functools.cache
def fields_of(cls: type) -> tuple[dict[str, Any], list[str]]:
    """The types of the fields of a class, and the names of those that are required."""
    missing = dataclasses.MISSING
    return typing.get_type_hints(cls), [
        each.name
        for each in dataclasses.fields(cls)
        if each.default is missing and each.default_factory is missing
    ]


def _check(value: Any, hint: Any, at: str, name: str) -> Iterator[Finding]:
    """A value against a type; `name` is the field it belongs to."""
    if hint is Any:
        return
    if value is None:
        yield Finding(at, f"{name} has no value.", "Give it one, or remove it.")
        return
    while typing.get_origin(hint) in (Union, UnionType):
        options = [each for each in typing.get_args(hint) if each is not NoneType]
        hint = next(each for each in options if typing.get_origin(each) is not Variable)
    # Whether a reference leads to a value of the right type is known on deployment.
    if isinstance(value, str) and REFERENCE.search(value):
        return
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if isinstance(hint, dict) or dataclasses.is_dataclass(hint):
        yield from _check_record(value, hint, at, name)
    elif origin is dict:
        if not isinstance(value, Map):
            yield _wrong(value, "a mapping", at, name)
            return
        for key, inner in value.items():
            yield from _check(inner, arguments[1], value.at[key], key)
    elif origin is list or isinstance(hint, list):
        if not isinstance(value, Seq):
            yield _wrong(value, "a list", at, name)
            return
        for index, inner in enumerate(value):
            yield from _check(inner, (arguments or hint)[0], value.at[index], name)
    elif origin is Literal or issubclass(hint, Enum):
        words = [str(each) for each in arguments or (each.value for each in hint)]
        if value not in words:
            what = f"{value!r} is not a value that {name} knows."
            yield Finding(at, what, did_you_mean(str(value), words))
    elif problem := _scalar_problem(value, hint):
        yield _wrong(value, problem, at, name)


def _check_record(value: Any, hint: Any, at: str, name: str) -> Iterator[Finding]:
    """A mapping against a class, or against one of the tables above."""
    if not isinstance(value, Map):
        yield _wrong(value, "a mapping", at, name)
        return
    fields, required = (hint, []) if isinstance(hint, dict) else fields_of(hint)
    owner = "The bundle" if isinstance(hint, dict) and not name else name
    owner = owner if isinstance(hint, dict) else hint.__name__
    for key, inner in value.items():
        if key in fields:
            yield from _check(inner, fields[key], value.at[key], key)
        else:
            what = f"{owner} has no field {key}."
            yield Finding(value.at[key], what, did_you_mean(key, fields))
    for key in required:
        if key not in value:
            yield Finding(at, f"{owner} needs the field {key}.", "Add it.")


def _scalar_problem(value: Any, wanted: type) -> str:
    """What the value has to be instead; a number may be written as text, as in a bundle."""
    text = str(value)
    if isinstance(value, Map | Seq):
        return "a single value"
    if wanted is int and (isinstance(value, bool) or not text.lstrip("-").isdigit()):
        return "a whole number"
    if wanted is float and not text.replace(".", "", 1).lstrip("-").isdigit():
        return "a number"
    return "true or false" if wanted is bool and text.lower() not in _BOOLEANS else ""


def _wrong(value: Any, wanted: str, at: str, name: str) -> Finding:
    shown = repr(value)
    if isinstance(value, Map | Seq):
        shown = "a mapping" if isinstance(value, Map) else "a list"
    return Finding(at, f"{name} has to be {wanted}, not {shown}.", "Correct the value.")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The most similar of the known names, or all of them."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, 1, 0.6)
    return f"Did you mean {close[0]}?" if close else f"There are: {', '.join(names) or 'none'}."
