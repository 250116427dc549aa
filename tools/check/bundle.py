"""The bundle as each target gets it: all files together, the target's settings merged in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.errors import Finding
from tools.check.source import Map, merged, place, read

ROOT = "databricks.yml"
# `$${...}` is an escape: it reaches the platform as `${...}`.
REFERENCE = re.compile(r"(?<!\$)\$\{([^}]*)\}")


@dataclass(frozen=True)
class Bundle:
    """The configuration of one target.

    Attributes:
        folder: the project folder.
        target: the name of the target.
        data: the merged configuration; `mode` and `default` are those of the target.
    """

    folder: Path
    target: str
    data: Map

    def resources(self, kind: str) -> dict[str, Map]:
        """The resources of a kind (jobs, dashboards, schemas, ...) by their name in the bundle."""
        declared = self.data.mapping("resources").mapping(kind)
        return {key: value for key, value in declared.items() if isinstance(value, Map)}

    def all_resources(self) -> Iterator[tuple[str, str, Map]]:
        """Kind, name and settings of every resource."""
        for kind in self.data.mapping("resources"):
            for key, value in self.resources(kind).items():
                yield kind, key, value

    def variable(self, name: str) -> Any:
        """The value of a variable as written: its default, or what is looked up."""
        setting = self.data.mapping("variables").mapping(name)
        return setting.get("lookup", setting.get("default"))

    def resolved(self, text: Any) -> Any:
        """A text with the variables filled in; other references stay."""

        def fill(match: re.Match[str]) -> str:
            name = match[1].removeprefix("var.")
            value = self.variable(name) if match[1].startswith("var.") else None
            return match[0] if value is None else str(value)

        # As many rounds as variables may refer to each other.
        for _ in range(8 if isinstance(text, str) else 0):
            text = REFERENCE.sub(fill, text)
        return text


def load(project_dir: Path) -> tuple[list[Bundle], list[Finding]]:
    """Read the bundle.

    Returns:
        The configuration of each target, and what is wrong with the files.
    """
    if not (project_dir / ROOT).is_file():
        return [], [Finding(ROOT, "There is no bundle here.", f"Restore {ROOT}.")]
    base, findings = read(project_dir / ROOT, project_dir)
    if not base.mapping("bundle").get("name"):
        findings.append(Finding(ROOT, "The bundle has no name.", "Add bundle.name."))
    files, problems = _included(base, project_dir)
    findings += problems
    for file in files:
        data, problems = read(file, project_dir)
        findings += problems
        for kind, entries in data.mapping("resources").items():
            known = base.mapping("resources").mapping(kind)
            for key in set(known) & set(entries if isinstance(entries, Map) else ()):
                what = f"{kind}.{key} is declared in {known.at[key].split(':')[0]} already."
                findings.append(Finding(entries.at[key], what, "Rename one of them."))
        base = merged(base, data)
    targets = base.mapping("targets")
    base.pop("targets", None)
    bundles = []
    for target in targets:
        data, problems = _in_target(base, targets.mapping(target))
        findings += problems
        bundles.append(Bundle(project_dir, target, data))
    if not bundles:
        findings.append(Finding(ROOT, "There are no targets.", "Add dev, staging and prod."))
        bundles = [Bundle(project_dir, "", base)]
    defaults = [bundle for bundle in bundles if bundle.data.get("default") is True]
    for bundle in defaults[1:]:
        names = ", ".join(each.target for each in defaults)
        what = f"More than one target is the default: {names}."
        findings.append(Finding(place(bundle.data, "default"), what, "Keep one."))
    return bundles, findings


def _included(root: Map, project_dir: Path) -> tuple[list[Path], list[Finding]]:
    """The files that the root includes; patterns and files without a match are findings."""
    files: list[Path] = []
    findings = []
    for index, pattern in enumerate(root.items_of("include")):
        matches = sorted(project_dir.glob(str(pattern)))
        files += [match for match in matches if match not in files]
        if not matches:
            at, what = place(root, "include", index), f"No file matches {pattern}."
            findings.append(Finding(at, what, "Correct the pattern, or remove it."))
    for file in sorted((project_dir / "resources").rglob("*.y*ml")):
        if file not in files:
            at = file.relative_to(project_dir).as_posix()
            what = f"No pattern under include in {ROOT} matches this file; it is not deployed."
            findings.append(Finding(at, what, "Add a pattern, or remove the file."))
    return files, findings


def _in_target(base: Map, target: Map) -> tuple[Map, list[Finding]]:
    """The base with a target merged in; variables that only the target has are findings.

    A target sets a variable by `x: 1`, short for `x: {default: 1}`, or by a lookup; either replaces
    what the declaration says.
    """
    data, findings = merged(base, target), []
    declared = base.mapping("variables")
    variables = data.mapping("variables")
    for name, value in target.mapping("variables").items():
        at = target.mapping("variables").at[name]
        if name not in declared:
            what = f"There is no variable called {name!r}."
            findings.append(Finding(at, what, "Declare it under variables, or correct the name."))
        setting = merged(declared.mapping(name), Map())
        if isinstance(value, Map) and {"default", "lookup"} & set(value):
            setting.pop("default", None)
            setting.pop("lookup", None)
            setting = merged(setting, value)
        else:
            setting.pop("lookup", None)
            setting["default"], setting.at["default"] = value, at
        variables[name] = setting
    return data, findings
