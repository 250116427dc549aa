"""Fields, types, enums: resources by the classes of `databricks-bundles`, the rest by shapes."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import importlib
import inspect
import typing
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union

from databricks.bundles.core import Resource as ResourceClass
from databricks.bundles.core import Variable

from tools.check.bundle import REFERENCE, Bundle
from tools.check.documents import Document, Path_
from tools.check.findings import Finding

_TRUTH = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n"})

_LOOKUPS = (
    "alert",
    "cluster",
    "cluster_policy",
    "dashboard",
    "instance_pool",
    "job",
    "metastore",
    "notification_destination",
    "pipeline",
    "query",
    "service_principal",
    "warehouse",
)


class Each:
    """A mapping with names of the author's choice, all of one shape."""

    def __init__(self, shape: Any) -> None:
        self.shape = shape


class OneOf:
    """One of a few words."""

    def __init__(self, *words: str) -> None:
        self.words = words


_RUN_AS = {"user_name": str, "service_principal_name": str, "group_name": str}
_PERMISSION = {"level": OneOf("CAN_MANAGE", "CAN_VIEW", "CAN_RUN"), **_RUN_AS}
_SYNC = {"include": [str], "exclude": [str], "paths": [str]}
_GIT = {"origin_url": str, "branch": str, "commit": str}
_BUNDLE = {
    "name": str,
    "databricks_cli_version": str,
    "cluster_id": str,
    "compute_id": str,
    "uuid": str,
    "engine": OneOf("terraform", "direct"),
    "git": _GIT,
    "deployment": {"fail_on_active_runs": bool, "lock": {"enabled": bool, "force": bool}},
}
_WORKSPACE = {
    **dict.fromkeys(
        (
            "host",
            "profile",
            "auth_type",
            "client_id",
            "account_id",
            "workspace_id",
            "azure_client_id",
            "azure_environment",
            "azure_login_app_id",
            "azure_resource_id",
            "azure_workspace_resource_id",
            "azure_tenant_id",
            "google_service_account",
            "root_path",
            "file_path",
            "artifact_path",
            "state_path",
            "resource_path",
        ),
        str,
    ),
    "azure_use_msi": bool,
}
_VARIABLE = {
    "description": str,
    "default": Any,
    "type": OneOf("complex"),
    "lookup": dict.fromkeys(_LOOKUPS, str),
}
_PRESETS = {
    "name_prefix": str,
    "tags": Each(str),
    "trigger_pause_status": OneOf("PAUSED", "UNPAUSED"),
    "jobs_max_concurrent_runs": int,
    "pipelines_development": bool,
    "source_linked_deployment": bool,
    "artifacts_dynamic_version": bool,
}
_TARGET = {
    "mode": OneOf("development", "production"),
    "default": bool,
    "artifacts": Any,
    "bundle": _BUNDLE,
    "cluster_id": str,
    "compute_id": str,
    "git": _GIT,
    "permissions": [_PERMISSION],
    "presets": _PRESETS,
    "resources": Any,
    "run_as": _RUN_AS,
    "sync": _SYNC,
    "variables": Any,
    "workspace": _WORKSPACE,
}
_ROOT = {
    "bundle": _BUNDLE,
    "artifacts": Any,
    "environments": Any,
    "experimental": Any,
    "include": [str],
    "permissions": [_PERMISSION],
    "presets": _PRESETS,
    "python": Any,
    "resources": Any,
    "run_as": _RUN_AS,
    "scripts": Any,
    "sync": _SYNC,
    "targets": Each(_TARGET),
    "variables": Each(_VARIABLE),
    "workspace": _WORKSPACE,
}


def check_structure(bundle: Bundle) -> Iterator[Finding]:
    """Unknown fields, missing fields, wrong types and words that are none of the enum's."""
    for document in bundle.documents:
        yield from _shape(document, (), document.data, _ROOT)
        yield from _resources(document, ("resources",), document.data.get("resources"))
    for name, target in bundle.targets.items():
        path = ("targets", name, "resources")
        yield from _resources(bundle.root, path, target.get("resources"), override=True)
        given = target.get("variables")
        for variable, value in given.items() if isinstance(given, dict) else ():
            if isinstance(value, dict) and bundle.variables.get(variable, {}) is not None:
                declared = bundle.variables.get(variable)
                if not (isinstance(declared, dict) and declared.get("type") == "complex"):
                    place = ("targets", name, "variables", variable)
                    yield from _shape(bundle.root, place, value, _VARIABLE)
    if isinstance(bundle.root.data.get("bundle"), dict):
        if not bundle.root.data["bundle"].get("name"):
            yield Finding(
                bundle.root.where(("bundle",)), "The bundle has no name.", "Add bundle.name."
            )
    elif bundle.documents:
        yield Finding(bundle.root.where(()), "There is no `bundle:`.", "Add it with a name.")


def resource_class(kind: str) -> type | None:
    """The class that describes the resources of a kind, or None when there is no such kind."""
    if not kind.isidentifier() or kind == "core":
        return None
    try:
        module = importlib.import_module(f"databricks.bundles.{kind}")
    except ModuleNotFoundError:
        return None
    return next(
        (
            each
            for each in vars(module).values()
            if inspect.isclass(each)
            and issubclass(each, ResourceClass)
            and each is not ResourceClass
        ),
        None,
    )


@functools.cache
def hints(cls: type) -> dict[str, Any]:
    """The types of the fields of a class, resolved."""
    return typing.get_type_hints(cls)


def _resources(
    document: Document, path: Path_, resources: Any, *, override: bool = False
) -> Iterator[Finding]:
    if resources is None:
        return
    if not isinstance(resources, dict):
        yield _wrong(document, path, resources, "a mapping of kinds")
        return
    for kind, entries in resources.items():
        cls = resource_class(kind)
        if cls is None:
            yield Finding(
                document.where((*path, kind)),
                f"There is no kind of resource called {kind}.",
                _did_you_mean(kind, ("jobs", "dashboards", "schemas", "volumes", "genie_spaces")),
            )
        elif not isinstance(entries, dict):
            yield _wrong(document, (*path, kind), entries, "a mapping of names")
        else:
            for key, value in entries.items():
                if isinstance(value, dict):
                    yield from _instance(document, (*path, kind, key), value, cls, override)


def _instance(
    document: Document, path: Path_, value: Mapping[str, Any], cls: type, override: bool
) -> Iterator[Finding]:
    """A mapping against a dataclass; an override need not be complete."""
    fields = {each.name: each for each in dataclasses.fields(cls)}
    for name, inner in value.items():
        if name not in fields:
            yield Finding(
                document.where((*path, name)),
                f"{cls.__name__} has no field {name}.",
                _did_you_mean(name, fields),
            )
        else:
            yield from _typed(document, (*path, name), inner, hints(cls)[name], override)
    if override:
        return
    for name, each in fields.items():
        required = (
            each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
        )
        if required and name not in value:
            yield Finding(
                document.where(path), f"{cls.__name__} needs the field {name}.", "Add it."
            )


def _typed(
    document: Document, path: Path_, value: Any, hint: Any, override: bool
) -> Iterator[Finding]:
    """A value against a type hint of `databricks-bundles`."""
    if value is None:
        yield Finding(
            document.where(path), f"{path[-1]} has no value.", "Give it one, or remove it."
        )
        return
    origin = typing.get_origin(hint)
    if origin in (Union, UnionType):
        inner = [
            each
            for each in typing.get_args(hint)
            if each is not NoneType and typing.get_origin(each) is not Variable
        ]
        if not (isinstance(value, str) and REFERENCE.fullmatch(value)):
            yield from _typed(document, path, value, inner[0], override)
    elif origin is list:
        if not isinstance(value, list):
            yield _wrong(document, path, value, "a list")
            return
        (inner_hint,) = typing.get_args(hint)
        for index, each in enumerate(value):
            yield from _typed(document, (*path, index), each, inner_hint, override)
    elif origin is dict:
        if not isinstance(value, dict):
            yield _wrong(document, path, value, "a mapping")
            return
        _, inner_hint = typing.get_args(hint)
        for key, each in value.items():
            yield from _typed(document, (*path, key), each, inner_hint, override)
    elif dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if isinstance(value, dict):
            yield from _instance(document, path, value, hint, override)
        else:
            yield _wrong(document, path, value, "a mapping")
    elif inspect.isclass(hint) and issubclass(hint, Enum):
        words = [str(each.value) for each in hint]
        if isinstance(value, str) and not REFERENCE.search(value) and value not in words:
            yield _no_such_word(document, path, value, words)
        elif not isinstance(value, str):
            yield _wrong(document, path, value, "one of " + ", ".join(words))
    elif hint is not Any:
        yield from _scalar(document, path, value, hint)


def _shape(document: Document, path: Path_, value: Any, shape: Any) -> Iterator[Finding]:
    """A value against the hand-written shapes above."""
    if shape is Any:
        return
    if value is None:
        if path:
            yield Finding(
                document.where(path), f"{path[-1]} has no value.", "Give it one, or remove it."
            )
    elif isinstance(shape, Each | dict):
        if not isinstance(value, dict):
            yield _wrong(document, path, value, "a mapping")
            return
        for name, inner in value.items():
            if isinstance(shape, Each):
                # A target or variable may be declared without any setting.
                if inner is not None:
                    yield from _shape(document, (*path, name), inner, shape.shape)
            elif name in shape:
                yield from _shape(document, (*path, name), inner, shape[name])
            else:
                yield Finding(
                    document.where((*path, name)),
                    f"There is no setting {name} here.",
                    _did_you_mean(name, shape),
                )
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield _wrong(document, path, value, "a list")
            return
        for index, inner in enumerate(value):
            yield from _shape(document, (*path, index), inner, shape[0])
    elif isinstance(shape, OneOf):
        if value not in shape.words:
            yield _no_such_word(document, path, value, shape.words)
    else:
        yield from _scalar(document, path, value, shape)


def _scalar(document: Document, path: Path_, value: Any, wanted: type) -> Iterator[Finding]:
    """Text, number or truth value, as tolerant as the bundle itself: a number may be text."""
    if isinstance(value, dict | list):
        yield _wrong(document, path, value, "a single value")
        return
    text = str(value)
    if REFERENCE.search(text):
        return
    if wanted is int and (isinstance(value, bool) or not text.lstrip("-").isdigit()):
        yield _wrong(document, path, value, "a whole number")
    elif wanted is float and not text.replace(".", "", 1).lstrip("-").isdigit():
        yield _wrong(document, path, value, "a number")
    elif wanted is bool and text.lower() not in _TRUTH:
        yield _wrong(document, path, value, "true or false")


def _wrong(document: Document, path: Path_, value: Any, wanted: str) -> Finding:
    shown = "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else ""
    return Finding(
        document.where(path),
        f"{_named(path)} has to be {wanted}, not {shown or repr(value)}.",
        "Correct the value.",
    )


def _no_such_word(document: Document, path: Path_, value: Any, words: Iterable[str]) -> Finding:
    return Finding(
        document.where(path),
        f"{value!r} is not a value that {_named(path)} knows.",
        _did_you_mean(str(value), words),
    )


def _named(path: Path_) -> str:
    """The name of the field, also for an entry of its list."""
    return next((step for step in reversed(path) if isinstance(step, str)), "This")


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    choices = list(known)
    close = difflib.get_close_matches(name, choices, 1, 0.6)
    return f"Did you mean {close[0]}?" if close else "It knows: " + ", ".join(sorted(choices)) + "."
