"""Targets and their dashboards, spaces and schemas: what a deployment refuses or gets wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from orchestration.errors import Finding
from tools.check.bundle import REFERENCE, Bundle
from tools.check.source import Map, place


def check_target(bundle: Bundle) -> Iterator[Finding]:
    """A harmless default, a principal in production, prefixes and permissions that fit."""
    data, production = bundle.data, bundle.data.get("mode") == "production"
    if production and data.get("default") is True:
        yield Finding(
            place(data, "default"),
            f"A command without --target would change {bundle.target}.",
            "Make a development target the default.",
        )
    if production and not data.get("run_as"):
        yield Finding(
            place(data, "mode"),
            f"The jobs of {bundle.target} would run as whoever deployed last.",
            "Add run_as with a service principal.",
        )
    yield from _prefixes(bundle)
    above = {pair for each in data.mappings("permissions") for pair in _principals(bundle, each)}
    for _, _, resource in bundle.all_resources():
        for permission in resource.mappings("permissions"):
            for kind, principal in set(_principals(bundle, permission)) & above:
                yield Finding(
                    permission.here,
                    f"The target {bundle.target} has a permission for {permission[kind]} already "
                    f"({principal}).",
                    "Keep one of them: permissions of both levels may not overlap.",
                )


def check_dashboards(bundle: Bundle) -> Iterator[Finding]:
    """Dashboards and spaces: their files, catalog and schema, credentials."""
    for each in bundle.resources("genie_spaces").values():
        yield from _content(bundle, each, "serialized_space")
        if bundle.data.mapping("bundle").get("engine") != "direct":
            what = "Only the direct engine deploys a Genie space."
            yield Finding(each.here, what, "Set bundle.engine to direct.")
    for each in bundle.resources("dashboards").values():
        yield from _content(bundle, each, "serialized_dashboard")
        for field in ("dataset_catalog", "dataset_schema"):
            if field not in each:
                what = f"Without {field} the data sets read whatever the reader's default is."
                yield Finding(each.here, what, f"Add {field} with a variable or a resource's name.")
        if each.get("embed_credentials") is True and bundle.data.get("run_as"):
            yield Finding(
                place(each, "embed_credentials"),
                "embed_credentials together with run_as is refused.",
                "Set it to false: readers then query with their own rights.",
            )


def missing_file(bundle: Bundle, at: str, relative: Any) -> Iterator[Finding]:
    """A finding if a file is not where a setting says, relative to the file of the setting."""
    if not isinstance(relative, str) or REFERENCE.search(relative) or relative.startswith("/"):
        return
    folder = Path(at.split(":")[0]).parent
    if not (bundle.folder / folder / relative).exists():
        what = f"There is no {Path(relative).name} at {relative}."
        yield Finding(at, what, f"Paths are relative to {folder.as_posix()}/.")


def _content(bundle: Bundle, each: Map, inline: str) -> Iterator[Finding]:
    """Either a file that is a JSON object, or the content itself."""
    named, at = each.get("file_path"), place(each, "file_path")
    if (named is None) == (each.get(inline) is None):
        what = f"It needs either file_path or {inline}."
        yield Finding(each.here, what, "Give exactly one of them.")
    yield from missing_file(bundle, at, named)
    file = bundle.folder / Path(at.split(":")[0]).parent / str(named)
    if file.is_file():
        try:
            if not isinstance(json.loads(file.read_text(encoding="utf-8")), dict):
                yield Finding(at, f"{file.name} is not a JSON object.", "Export it again.")
        except ValueError as error:
            yield Finding(at, f"{file.name} is not JSON: {error}.", "Correct the file.")


def _prefixes(bundle: Bundle) -> Iterator[Finding]:
    """Dbt's target schema has to carry the prefix that the bundle gives its schemas.

    Development puts `dev_<user>_` before the names of schema resources, and dbt puts its target
    schema before the layers; `default` stands for none.
    """
    if "name_prefix" in bundle.data.mapping("presets"):
        return
    development = bundle.data.get("mode") == "development"
    expected = "dev_${workspace.current_user.short_name}" if development else "default"
    for job in bundle.resources("jobs").values():
        for task in job.mappings("tasks"):
            found = bundle.resolved(task.mapping("dbt_task").get("schema", expected))
            if found != expected:
                yield Finding(
                    place(task, "dbt_task", "schema"),
                    f"In {bundle.target} dbt would use the prefix {found}, the bundle's schemas "
                    f"have {expected}.",
                    f"Set the variable to {expected} in targets.{bundle.target}.",
                )


def _principals(bundle: Bundle, permission: Map) -> list[tuple[str, str]]:
    """Kind and resolved name of the principal of a permission."""
    return [(k, str(bundle.resolved(name))) for k, name in permission.items() if k != "level"]
