"""References such as `${var.catalog}` have to lead somewhere, and to stand where they are read."""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Iterator

from tools.check.bundle import REFERENCE, Bundle
from tools.check.documents import Document, Path_
from tools.check.findings import Finding
from tools.check.structure import resource_class

_PATH = re.compile(r"^[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*(\[\d+\])*)*$")
_BUNDLE = {"name", "target", "environment", "git", "mode", "uuid"}
_USER = {"userName", "short_name", "domain_friendly_name", "id", "displayName"}
_WORKSPACE = {
    "current_user",
    "host",
    "root_path",
    "file_path",
    "artifact_path",
    "state_path",
    "resource_path",
}
# What a resource has after it was deployed, beside the fields it is declared with.
_AFTER_DEPLOYMENT = {"id", "url", "volume_path", "application_id"}
# Read before variables are resolved, because the workspace has to be known for that.
_AUTHENTICATION = {
    "host",
    "profile",
    "auth_type",
    "client_id",
    "account_id",
    "azure_client_id",
    "azure_environment",
    "azure_login_app_id",
    "azure_tenant_id",
    "azure_workspace_resource_id",
    "google_service_account",
}


def check_references(bundle: Bundle) -> Iterator[Finding]:
    """References to nothing, variables without a value, cycles, and places that take none."""
    used: set[str] = set()
    for document, path, value in bundle.scalars():
        if not isinstance(value, str):
            continue
        if value.replace("$${", "").count("${") != len(REFERENCE.findall(value)):
            yield Finding(
                document.where(path),
                f"A reference is not closed: {value}",
                "Write ${...} with both braces.",
            )
        for reference in REFERENCE.findall(value):
            problem = _problem(bundle, reference)
            if problem:
                yield Finding(document.where(path), f"${{{reference}}}: {problem[0]}", problem[1])
            if reference.startswith("var."):
                used.add(reference.split(".")[1])
            if _is_authentication(path):
                yield Finding(
                    document.where(path),
                    f"{path[-1]} takes no reference: it is needed before variables are known.",
                    "Leave it out; DATABRICKS_HOST or --profile says which workspace is meant.",
                )
    yield from _variables(bundle, used)
    yield from _cycles(bundle)
    yield from _not_substituted(bundle)


def _problem(bundle: Bundle, reference: str) -> tuple[str, str] | None:
    """What is wrong with a reference, and what to do; None when nothing is."""
    if not _PATH.match(reference):
        return "this is not a path.", "Write ${var.<name>} or ${resources.<kind>.<key>.<field>}."
    head, *rest = re.sub(r"\[\d+\]", "", reference).split(".")
    if head == "var":
        if len(rest) != 1 and not (rest and isinstance(bundle.variables.get(rest[0]), dict)):
            return "this is not a variable.", "Write ${var.<name>}."
        return _known(rest[0], bundle.variables, "variable")
    if head == "variables":
        return _known(rest[0] if rest else "", bundle.variables, "variable")
    if head == "bundle":
        return _known(rest[0] if rest else "", _BUNDLE, "property of the bundle")
    if head == "workspace":
        problem = _known(rest[0] if rest else "", _WORKSPACE, "property of the workspace")
        if problem is None and rest[0] == "current_user":
            return _known(rest[1] if len(rest) > 1 else "", _USER, "property of the user")
        return problem
    if head == "resources":
        return _resource_problem(bundle, rest)
    if head == "artifacts":
        return None
    return _known(
        head, ("var", "bundle", "workspace", "resources", "artifacts"), "kind of reference"
    )


def _resource_problem(bundle: Bundle, rest: list[str]) -> tuple[str, str] | None:
    if len(rest) < 3:
        return "a resource is not a value.", "Write ${resources.<kind>.<key>.<field>}."
    kind, key, name = rest[:3]
    declared = {each.key for each in bundle.of_kind(kind)}
    if not declared:
        return f"the bundle has no {kind}.", "Declare it under resources/, or correct the name."
    problem = _known(key, declared, f"entry under {kind}")
    cls = resource_class(kind)
    if problem or cls is None:
        return problem
    fields = {each.name for each in dataclasses.fields(cls)} | _AFTER_DEPLOYMENT
    return _known(name, fields, f"field of {cls.__name__}")


def _known(name: str, known: object, what: str) -> tuple[str, str] | None:
    names = sorted(known)  # type: ignore[call-overload]
    if name in names:
        return None
    close = difflib.get_close_matches(name, names, 1, 0.6)
    remedy = f"Did you mean {close[0]}?" if close else "There are: " + ", ".join(names) + "."
    return f"there is no {what} called {name!r}.", remedy


def _is_authentication(path: Path_) -> bool:
    return (
        len(path) > 1
        and path[-2] == "workspace"
        and path[-1] in _AUTHENTICATION
        and path[0] in ("workspace", "targets")
    )


def _variables(bundle: Bundle, used: set[str]) -> Iterator[Finding]:
    """Every variable has a value in every target, and a use; targets set declared ones only."""
    declared_at = {
        name: document
        for document in bundle.documents
        for name in document.data.get("variables") or {}
    }
    for name, document in declared_at.items():
        where = document.where(("variables", name))
        missing = [t for t in bundle.targets if bundle.variable(name, t) is None]
        if missing:
            yield Finding(
                where,
                f"The variable {name} has no value in {', '.join(missing)}.",
                "Give it a default or a lookup, or set it in the target.",
            )
        if name not in used:
            yield Finding(where, f"Nothing uses the variable {name}.", "Remove it.")
        yield from _lookup(bundle, document, ("variables", name), bundle.variables[name])
    for target, settings in bundle.targets.items():
        given = settings.get("variables")
        for name, value in given.items() if isinstance(given, dict) else ():
            path: Path_ = ("targets", target, "variables", name)
            if name not in bundle.variables:
                problem = _known(name, bundle.variables, "variable")
                if problem:
                    yield Finding(bundle.root.where(path), problem[0].capitalize(), problem[1])
            yield from _lookup(bundle, bundle.root, path, value)


def _lookup(bundle: Bundle, document: Document, path: Path_, setting: object) -> Iterator[Finding]:
    """A lookup names one thing, and is not looked up by something that is itself looked up."""
    lookup = setting.get("lookup") if isinstance(setting, dict) else None
    if not isinstance(lookup, dict):
        return
    if len(lookup) != 1:
        yield Finding(
            document.where((*path, "lookup")),
            "A lookup names exactly one kind of thing.",
            "Keep one of: " + ", ".join(lookup) + ".",
        )
    for kind, name in lookup.items():
        for reference in REFERENCE.findall(str(name)):
            other = bundle.variables.get(reference.removeprefix("var."))
            if isinstance(other, dict) and "lookup" in other:
                yield Finding(
                    document.where((*path, "lookup", kind)),
                    f"A lookup cannot depend on ${{{reference}}}, which is a lookup itself.",
                    "Write the name, or use a variable with a plain value.",
                )


def _cycles(bundle: Bundle) -> Iterator[Finding]:
    """Variables whose values go round in a circle."""
    for target in bundle.targets or {"": {}}:
        graph = {
            name: {
                reference.removeprefix("var.")
                for reference in REFERENCE.findall(str(bundle.variable(name, target)))
                if reference.startswith("var.")
            }
            for name in bundle.variables
        }
        for name in graph:
            reached, ahead = set(), list(graph[name])
            while ahead:
                step = ahead.pop()
                if step not in reached:
                    reached.add(step)
                    ahead.extend(graph.get(step, ()))
            if name in reached:
                yield Finding(
                    bundle.root.where(("variables", name)),
                    f"The value of the variable {name} depends on itself.",
                    "Break the circle with a plain value.",
                )


def _not_substituted(bundle: Bundle) -> Iterator[Finding]:
    """Files named by `file_path` are sent as they are, references and all."""
    for each in bundle.resources:
        named = each.value.get("file_path")
        if not isinstance(named, str) or REFERENCE.search(named):
            continue
        file = (bundle.folder / each.document.file).parent / named
        if file.is_file() and (found := REFERENCE.search(file.read_text(encoding="utf-8"))):
            yield Finding(
                each.where("file_path"),
                f"{file.name} contains {found[0]}, which is not replaced in a file.",
                "Write names without catalog and schema and set dataset_catalog and "
                "dataset_schema, or put the content into the YAML.",
            )
