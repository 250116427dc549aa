"""References such as `${var.catalog}`: they exist, have a value, and stand where they are read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any

from orchestration.errors import Finding
from tools.check.bundle import REFERENCE, Bundle
from tools.check.fields import did_you_mean, fields_of, resource_class
from tools.check.source import leaves, place

# None stands for anything below.
_BUNDLE = dict.fromkeys(("name", "target", "environment", "git", "mode", "uuid"))
_WORKSPACE: dict[str, Any] = {
    **dict.fromkeys(("host", "root_path", "file_path", "artifact_path", "state_path")),
    "resource_path": None,
    "current_user": dict.fromkeys(
        ("userName", "short_name", "domain_friendly_name", "id", "displayName")
    ),
}
# What a resource has after it was deployed, beside the fields it is declared with.
_AFTER_DEPLOYMENT = ("id", "url", "volume_path", "application_id")
# Read before variables are resolved, because the workspace has to be known for that.
_AUTHENTICATION = re.compile(
    r"host|profile|auth_type|client_id|account_id|google_service_account"
    r"|azure_(client_id|environment|login_app_id|tenant_id|workspace_resource_id)"
)


def check_references(bundle: Bundle) -> Iterator[Finding]:
    """References to nothing, variables without a value or a use, and places that take none."""
    known = _known(bundle)
    for path, at, value in leaves(bundle.data):
        if not isinstance(value, str):
            continue
        if value.replace("$${", "").count("${") != len(REFERENCE.findall(value)):
            yield Finding(at, f"A reference is not closed: {value}", "Write ${...} with braces.")
        for reference in REFERENCE.findall(value):
            problem = _problem(reference, known)
            if problem:
                yield Finding(at, f"${{{reference}}}: {problem[0]}", problem[1])
            if path[0] == "workspace" and _AUTHENTICATION.fullmatch(str(path[-1])):
                yield Finding(
                    at,
                    f"{path[-1]} takes no reference: it is needed before variables are known.",
                    "Leave it out; DATABRICKS_HOST or --profile says which workspace is meant.",
                )
    yield from _variables(bundle)
    for _, _, each in bundle.all_resources():
        named, at = each.get("file_path"), place(each, "file_path")
        if not isinstance(named, str) or REFERENCE.search(named):
            continue
        file = (bundle.folder / at.split(":")[0]).parent / named
        if file.is_file() and (found := REFERENCE.search(file.read_text(encoding="utf-8"))):
            yield Finding(
                at,
                f"{file.name} contains {found[0]}, which is not replaced in a file.",
                "Write names without catalog and schema and set dataset_catalog and "
                "dataset_schema, or put the content into the YAML.",
            )


def _known(bundle: Bundle) -> dict[str, Any]:
    """All that can be referred to, as a tree of names."""
    variables = {
        name: None if setting and setting.get("type") == "complex" else {"": None}
        for name, setting in bundle.data.mapping("variables").items()
        if setting is None or isinstance(setting, dict)
    }
    resources: dict[str, dict[str, Any]] = {}
    for kind, key, _ in bundle.all_resources():
        cls = resource_class(kind)
        fields = dict.fromkeys((*fields_of(cls)[0], *_AFTER_DEPLOYMENT)) if cls else None
        resources.setdefault(kind, {})[key] = fields
    return {
        "var": variables,
        "bundle": _BUNDLE,
        "workspace": _WORKSPACE,
        "resources": resources,
        "artifacts": None,
    }


def _problem(reference: str, known: dict[str, Any]) -> tuple[str, str] | None:
    """What is wrong with a reference, and what to do; None if nothing is."""
    inside: Any = known
    before = ""
    for step in re.sub(r"\[\d+\]", "", reference).split("."):
        if inside is None:
            return None
        if step not in inside or not step:
            names = [name for name in inside if name]
            return f"there is no {step!r} in {before or 'what can be named'}.", did_you_mean(
                step, names
            )
        inside = inside[step]
        before = f"{before}.{step}".lstrip(".")
    if inside is not None and "" not in inside:
        return "this is not a single value.", did_you_mean("", inside)
    return None


def check_unused(bundles: list[Bundle]) -> Iterator[Finding]:
    """Variables that no target uses."""
    used = {
        reference
        for bundle in bundles
        for _, _, value in leaves(bundle.data)
        for reference in REFERENCE.findall(str(value))
    }
    variables = {
        name: at for each in bundles for name, at in each.data.mapping("variables").at.items()
    }
    for name, at in variables.items():
        if not any(f"{each}.".startswith(f"var.{name}.") for each in used):
            yield Finding(at, f"Nothing uses the variable {name}.", "Remove it.")


def _variables(bundle: Bundle) -> Iterator[Finding]:
    """Every variable has a value, and no value depends on itself."""
    variables = bundle.data.mapping("variables")
    graph: dict[str, list[str]] = {}
    for name in variables:
        at, value = variables.at[name], bundle.variable(name)
        if value is None:
            remedy = "Give it a default or a lookup, or set it in the target."
            yield Finding(at, f"The variable {name} has no value.", remedy)
        references = REFERENCE.findall(str(value))
        graph[name] = [each.removeprefix("var.") for each in references if "var." in each]
        lookup = variables.mapping(name).get("lookup")
        if not isinstance(lookup, dict):
            continue
        at = place(variables, name, "lookup")
        if len(lookup) != 1:
            keep = "Keep one of: " + ", ".join(lookup) + "."
            yield Finding(at, "A lookup names exactly one kind of thing.", keep)
        for other in graph[name]:
            if "lookup" in variables.mapping(other):
                what = f"A lookup cannot depend on ${{var.{other}}}, which is a lookup itself."
                yield Finding(at, what, "Write the name, or use a variable with a plain value.")
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        name = error.args[1][0]
        yield Finding(
            variables.at.get(name, "databricks.yml"),
            f"The value of the variable {name} depends on itself.",
            "Break the circle with a plain value.",
        )
