"""The bundle as written: its files, variables, targets and resources, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.check.documents import Document, Path_, leaves, read
from tools.check.findings import Finding, Where

ROOT = "databricks.yml"
# `$${...}` is an escape: it reaches the platform as `${...}`.
REFERENCE = re.compile(r"(?<!\$)\$\{([^}]*)\}")
_KEYED = {"tasks": "task_key", "environments": "environment_key", "job_clusters": "job_cluster_key"}


@dataclass(frozen=True)
class Resource:
    """One resource as declared.

    Attributes:
        kind: jobs, dashboards, schemas, ...
        key: its name inside the bundle.
        value: its settings.
        document: the file it stands in.
        path: where in that file.
    """

    kind: str
    key: str
    value: dict[str, Any]
    document: Document
    path: Path_

    def where(self, *inside: str | int) -> Where:
        """A place inside this resource."""
        return self.document.where((*self.path, *inside))


@dataclass
class Bundle:
    """All files of a bundle, read and put together.

    Attributes:
        folder: the project folder.
        root: `databricks.yml`.
        documents: the root and the included files.
        resources: what the files declare, in their order.
        targets: the targets' settings by name.
        variables: the declared variables by name.
    """

    folder: Path
    root: Document
    documents: list[Document]
    resources: list[Resource] = field(default_factory=list)
    targets: dict[str, dict[str, Any]] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)

    def of_kind(self, kind: str) -> list[Resource]:
        """The resources of one kind."""
        return [each for each in self.resources if each.kind == kind]

    def scalars(self) -> Iterator[tuple[Document, Path_, Any]]:
        """Every scalar of every file."""
        for document in self.documents:
            for path, value in leaves(document.data):
                yield document, path, value

    def variable(self, name: str, target: str) -> Any:
        """The value a variable has in a target, as written; None when it has none."""
        given = _mapping(self.targets.get(target, {}).get("variables")).get(name)
        for setting in (given, self.variables.get(name)):
            if isinstance(setting, dict):
                value = setting.get("lookup", setting.get("default"))
                if value is not None:
                    return value
            elif setting is not None:
                return setting
        return None

    def resolved(self, text: Any, target: str) -> Any:
        """A text with the variables of a target put in; other references stay."""
        for _ in range(8):
            if not isinstance(text, str):
                return text
            whole = REFERENCE.fullmatch(text)
            if whole and whole[1].startswith("var."):
                value = self.variable(whole[1].removeprefix("var."), target)
                if value is None:
                    return text
                text = value
                continue
            before = text
            text = REFERENCE.sub(lambda match: self._filled(match, target), text)
            if text == before:
                return text
        return text

    def _filled(self, match: re.Match[str], target: str) -> str:
        name = match[1].removeprefix("var.")
        value = self.variable(name, target) if match[1].startswith("var.") else None
        return value if isinstance(value, str) else match[0]

    def in_target(self, target: str) -> Iterator[Resource]:
        """The resources with what the target overrides; their places stay those of the base."""
        overrides = _mapping(self.targets.get(target, {}).get("resources"))
        for each in self.resources:
            override = _mapping(_mapping(overrides.get(each.kind)).get(each.key))
            if override:
                value = merged(each.value, override)
                yield Resource(each.kind, each.key, value, each.document, each.path)


def merged(base: Any, override: Any, key: str = "") -> Any:
    """Base and override put together as a bundle does: lists are joined, tasks by their key."""
    if isinstance(base, dict) and isinstance(override, dict):
        return {
            name: merged(base[name], override[name], name)
            if name in base and name in override
            else override.get(name, base.get(name))
            for name in (*base, *(name for name in override if name not in base))
        }
    if isinstance(base, list) and isinstance(override, list):
        identity = _KEYED.get(key)
        if identity is None:
            return [*base, *override]
        known = {each.get(identity): each for each in base if isinstance(each, dict)}
        for each in override:
            name = each.get(identity) if isinstance(each, dict) else None
            known[name] = merged(known[name], each) if name in known else each
        return list(known.values())
    return override


def load(project_dir: Path) -> tuple[Bundle, list[Finding]]:
    """Read the bundle; what cannot be read, found or told apart is a finding."""
    file = project_dir / ROOT
    if not file.is_file():
        missing = Finding(Where(ROOT), "There is no bundle here.", f"Restore {ROOT}.")
        return Bundle(project_dir, Document(ROOT, {}), []), [missing]
    root, findings = read(file, project_dir)
    documents = [root]
    included = _included(root, project_dir, findings)
    for path in included:
        document, problems = read(path, project_dir)
        documents.append(document)
        findings.extend(problems)
    for path in sorted((project_dir / "resources").rglob("*.y*ml")):
        if path not in included:
            findings.append(
                Finding(
                    Where(path.relative_to(project_dir).as_posix()),
                    f"No pattern under include in {ROOT} matches this file; it is not deployed.",
                    "Add a pattern, or remove the file.",
                )
            )
    bundle = Bundle(
        project_dir,
        root,
        documents,
        targets={
            str(name): dict(_mapping(value))
            for name, value in _mapping(root.data.get("targets")).items()
        },
    )
    for document in documents:
        bundle.variables.update(_mapping(document.data.get("variables")))
        _collect(bundle, document, findings)
    return bundle, findings


def _included(root: Document, project_dir: Path, findings: list[Finding]) -> list[Path]:
    patterns = root.data.get("include") or []
    files: list[Path] = []
    for index, pattern in enumerate(patterns if isinstance(patterns, list) else []):
        matches = sorted(project_dir.glob(str(pattern)))
        if not matches:
            findings.append(
                Finding(
                    root.where(("include", index)),
                    f"No file matches {pattern}.",
                    "Correct the pattern, or remove it.",
                )
            )
        files.extend(match for match in matches if match not in files)
    return files


def _collect(bundle: Bundle, document: Document, findings: list[Finding]) -> None:
    """Add the resources of a file; one key may be used once per kind."""
    declared = {(each.kind, each.key): each for each in bundle.resources}
    for kind, entries in _mapping(document.data.get("resources")).items():
        for key, value in _mapping(entries).items():
            path: Path_ = ("resources", kind, key)
            if (kind, key) in declared:
                findings.append(
                    Finding(
                        document.where(path),
                        f"{kind}.{key} is declared in {declared[kind, key].document.file} already.",
                        "Rename one of them.",
                    )
                )
                continue
            if not isinstance(value, dict):
                findings.append(
                    Finding(document.where(path), f"{key} has no settings.", "Add them.")
                )
                continue
            bundle.resources.append(Resource(kind, key, value, document, path))


def _mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is a mapping, else an empty one; structure is judged elsewhere."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def missing_file(bundle: Bundle, owner: Resource, relative: str, where: Where) -> Iterator[Finding]:
    """A finding when a file is not where the resource says, relative to its own file."""
    file = (bundle.folder / owner.document.file).parent / relative
    if not file.exists():
        yield Finding(
            where,
            f"There is no {Path(relative).name} at {relative}.",
            f"Paths are relative to {Path(owner.document.file).parent.as_posix()}/.",
        )
