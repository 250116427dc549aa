"""YAML files with the line of everything in them, so that a finding can say where to look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tools.check.findings import Finding, Where

Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """A YAML file that was read.

    Attributes:
        file: relative to the project folder.
        data: its content; an empty mapping when the file is empty or cannot be read.
        lines: the line of every value, by its path.
    """

    file: str
    data: Any
    lines: dict[Path_, int] = field(default_factory=dict)

    def where(self, path: Path_) -> Where:
        """The place of a path, or of the nearest part of it that has a line."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        return Where(self.file, dotted(path), self.lines.get(known, 0))


def dotted(path: Path_) -> str:
    """`resources.jobs.sales.tasks[0]`, as the bundle's own messages write it."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def leaves(value: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    """Every scalar with its path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, str(key)))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path, value


def read(file: Path, project_dir: Path) -> tuple[Document, list[Finding]]:
    """Read a file; what cannot be read is a finding and gives an empty document."""
    name = file.relative_to(project_dir).as_posix()
    findings: list[Finding] = []
    try:
        loader = yaml.SafeLoader(file.read_text(encoding="utf-8"))
        try:
            node = loader.get_single_node()
            lines: dict[Path_, int] = {}
            data = _value(loader, node, (), lines, name, findings) if node is not None else {}
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "it cannot be parsed"
        where = Where(name, "", mark.line + 1 if mark else 0)
        return Document(name, {}), [
            Finding(where, f"This is not YAML: {reason}.", "Correct the indentation or quotes.")
        ]
    except UnicodeDecodeError:
        return Document(name, {}), [
            Finding(Where(name), "The file is not UTF-8.", "Save it as UTF-8.")
        ]
    if not isinstance(data, dict):
        findings.append(
            Finding(Where(name, "", 1), "The file is not a mapping.", "Begin with `key:`.")
        )
        data = {}
    return Document(name, data, lines), findings


def _value(
    loader: yaml.SafeLoader,
    node: yaml.Node,
    path: Path_,
    lines: dict[Path_, int],
    file: str,
    findings: list[Finding],
) -> Any:
    """The value of a node; notes its line, and keys that come twice."""
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [
            _value(loader, inner, (*path, index), lines, file, findings)
            for index, inner in enumerate(node.value)
        ]
    if not isinstance(node, yaml.MappingNode):
        return loader.construct_object(node, deep=True)
    own = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
    loader.flatten_mapping(node)
    mapping: dict[str, Any] = {}
    for key_node, inner in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        here = (*path, key)
        if own.count(key_node.value) > 1 and key in mapping:
            findings.append(
                Finding(
                    Where(file, dotted(here), key_node.start_mark.line + 1),
                    f"The key {key} stands here twice; only the last one counts.",
                    "Remove one of them.",
                )
            )
        lines[here] = key_node.start_mark.line + 1
        mapping[key] = _value(loader, inner, here, lines, file, findings)
    return mapping
