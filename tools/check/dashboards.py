"""Dashboards and Genie spaces as resources of the bundle; their content is judged elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tools.check.bundle import REFERENCE, Bundle, Resource, missing_file
from tools.check.findings import Finding


def check_dashboards(bundle: Bundle) -> Iterator[Finding]:
    """Dashboards and spaces: files that exist and are JSON, catalog and schema, credentials."""
    foreign = "run_as" in bundle.root.data or any("run_as" in t for t in bundle.targets.values())
    for kind, inline in (
        ("dashboards", "serialized_dashboard"),
        ("genie_spaces", "serialized_space"),
    ):
        for each in bundle.of_kind(kind):
            yield from _content(bundle, each, inline)
    for each in bundle.of_kind("dashboards"):
        for field in ("dataset_catalog", "dataset_schema"):
            if field not in each.value:
                yield Finding(
                    each.where(),
                    f"Without {field} the data sets read whatever the reader's default is.",
                    f"Add {field} with a variable or a resource's name.",
                )
        if each.value.get("embed_credentials") is True and foreign:
            yield Finding(
                each.where("embed_credentials"),
                "embed_credentials together with run_as is refused.",
                "Set it to false: readers then query with their own rights.",
            )


def _content(bundle: Bundle, each: Resource, inline: str) -> Iterator[Finding]:
    named = each.value.get("file_path")
    if (named is None) == (each.value.get(inline) is None):
        yield Finding(
            each.where(), f"It needs either file_path or {inline}.", "Give exactly one of them."
        )
    if not isinstance(named, str) or REFERENCE.search(named):
        return
    file = (bundle.folder / each.document.file).parent / named
    if not file.is_file():
        yield from missing_file(bundle, each, named, each.where("file_path"))
        return
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        yield Finding(
            each.where("file_path"), f"{file.name} is not JSON: {error}.", "Correct the file."
        )
        return
    if not isinstance(content, dict):
        yield Finding(
            each.where("file_path"), f"{file.name} is not a JSON object.", "Export it again."
        )
