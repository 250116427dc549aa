"""YAML whose mappings and lists know the file and line of everything in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from orchestration.errors import Finding

# The C loader is many times faster, where libyaml is there.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Path_ = tuple[str | int, ...]

# Lists that a bundle merges by a key of their entries; it joins all other lists.
_KEYS = {
    "tasks": "task_key",
    "environments": "environment_key",
    "job_clusters": "job_cluster_key",
    "parameters": "name",
    "clusters": "label",
}


class Map(dict[str, Any]):
    """A mapping; `here` is its own place, `at` has the place of each key."""

    def __init__(self, here: str = "") -> None:
        super().__init__()
        self.here = here
        self.at: dict[str, str] = {}

    def mapping(self, key: str) -> Map:
        """The mapping under a key; an empty one if there is none."""
        value = self.get(key)
        return value if isinstance(value, Map) else Map()

    def items_of(self, key: str) -> list[Any]:
        """The list under a key; an empty one if there is none."""
        value = self.get(key)
        return value if isinstance(value, Seq) else []

    def mappings(self, key: str) -> list[Map]:
        """The mappings in the list under a key; other entries are found by their type."""
        return [each for each in self.items_of(key) if isinstance(each, Map)]


class Seq(list[Any]):
    """A list; `at` has the place of each entry."""

    def __init__(self) -> None:
        super().__init__()
        self.at: list[str] = []


def place(value: Any, *path: str | int) -> str:
    """The place of a path below a value, or of the nearest part of the path that exists."""
    found = value.here if isinstance(value, Map) else ""
    for step in path:
        try:
            found, value = value.at[step], value[step]
        except (AttributeError, LookupError, TypeError):
            break
    return found


def leaves(value: Any, path: Path_ = (), at: str = "") -> Iterator[tuple[Path_, str, Any]]:
    """Path, place and value of every scalar."""
    if isinstance(value, Map):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key), value.at[key])
    elif isinstance(value, Seq):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index), value.at[index])
    else:
        yield path, at, value


def merged(base: Any, override: Any, key: str = "") -> Any:
    """Two values merged as a bundle merges a target: by key, lists joined, scalars replaced."""
    if isinstance(base, Map) and isinstance(override, Map):
        both = Map(base.here)
        both.update(base)
        both.at = override.at | base.at
        for name, value in override.items():
            both[name] = merged(base[name], value, name) if name in base else value
            if not isinstance(both[name], Map | Seq):
                both.at[name] = override.at[name]
        return both
    if isinstance(base, Seq) and isinstance(override, Seq):
        joined, identity = Seq(), _KEYS.get(key, "")
        joined.extend(base)
        joined.at = list(base.at)
        known = {e.get(identity): i for i, e in enumerate(base) if isinstance(e, Map)}
        for at, entry in zip(override.at, override, strict=True):
            same = known.get(entry.get(identity)) if isinstance(entry, Map) and identity else None
            if same is not None:
                joined[same] = merged(base[same], entry)
            else:
                joined.append(entry)
                joined.at.append(at)
        return joined
    return override


def read(file: Path, project_dir: Path) -> tuple[Map, list[Finding]]:
    """Read a YAML file.

    Returns:
        Its content, empty if it cannot be read, and what is wrong with it.
    """
    name = file.relative_to(project_dir).as_posix()
    findings: list[Finding] = []

    def value(node: yaml.Node, path: str, here: str) -> Any:
        if isinstance(node, yaml.SequenceNode):
            entries = Seq()
            for index, inner in enumerate(node.value):
                below = f"{path}[{index}]"
                entries.at.append(f"{name}:{inner.start_mark.line + 1} {below}")
                entries.append(value(inner, below, entries.at[-1]))
            return entries
        if not isinstance(node, yaml.MappingNode):
            return loader.construct_object(node, deep=True)
        own = [key.value for key, _ in node.value]
        loader.flatten_mapping(node)
        mapping = Map(here)
        for key_node, inner in node.value:
            key = str(loader.construct_object(key_node, deep=True))
            below = f"{path}.{key}" if path else key
            at = f"{name}:{key_node.start_mark.line + 1} {below}"
            if key in mapping and own.count(key_node.value) > 1:
                what = f"The key {key} stands here twice; only the last one counts."
                findings.append(Finding(at, what, "Remove one of them."))
            mapping[key] = value(inner, below, at)
            mapping.at[key] = at
        return mapping

    try:
        loader = _LOADER(file.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        data = value(node, "", "") if node is not None else Map()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "it cannot be parsed"
        at = f"{name}:{mark.line + 1}" if mark else name
        remedy = "Correct the indentation or the quotes."
        return Map(), [Finding(at, f"This is not YAML: {reason}.", remedy)]
    except UnicodeDecodeError:
        return Map(), [Finding(name, "The file is not UTF-8.", "Save it as UTF-8.")]
    if not isinstance(data, Map):
        return Map(), [Finding(f"{name}:1", "The file is not a mapping.", "Begin with `key:`.")]
    return data, findings
