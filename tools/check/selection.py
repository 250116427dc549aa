"""What the dbt commands of the job select, by dbt's own selection on a manifest.

Nothing is connected to: the manifest is parsed with an invented host, and dbt's node selector works
on the manifest alone.
"""

from __future__ import annotations

import contextlib
import copy
import json
import os
import shutil
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from orchestration.databricks.names import NO_PREFIX
from orchestration.errors import ExitCode, LakehouseError
from tools.check.bundle import Bundle
from tools.check.dbt_commands import DbtCommand
from tools.check.documents import read
from tools.check.findings import Finding, Where
from tools.check.jobs import upstream

SELECTORS = "selectors.yml"
_BUILDS = {
    "build": {"model", "seed", "snapshot"},
    "run": {"model"},
    "seed": {"seed"},
    "snapshot": {"snapshot"},
}
_SELECTS = (*_BUILDS, "test", "compile", "list", "clone", "source", "show", "retry")


def parse_manifest(project_dir: Path, *, target: str = "databricks") -> dict[str, Any]:
    """The manifest of the project as dbt parses it for Databricks, without a connection.

    Raises:
        LakehouseError: when dbt cannot parse the project.
    """
    with tempfile.TemporaryDirectory() as folder:
        profiles = project_dir / "profiles.yml"
        example = project_dir / "profiles.yml.example"
        shutil.copyfile(example if example.is_file() else profiles, Path(folder) / "profiles.yml")
        environment = {
            **os.environ,
            "DATABRICKS_HOST": "check.invalid",
            "DATABRICKS_HTTP_PATH": "/sql/1.0/warehouses/check",
            "DATABRICKS_TOKEN": "check",
            "DATABRICKS_CATALOG": "check",
            "DATABRICKS_SCHEMA": NO_PREFIX,
        }
        if not (project_dir / environment.get("DBT_PACKAGES_DIR", "dbt_packages")).is_dir():
            environment["DBT_PACKAGES_DIR"] = "requirements/offline_packages"
        done = subprocess.run(
            [
                *(sys.executable, "-m", "dbt.cli.main", "--quiet", "parse"),
                *("--project-dir", str(project_dir), "--profiles-dir", folder),
                *("--target", target, "--target-path", folder, "--log-path", folder),
                "--no-partial-parse",
            ],
            cwd=project_dir,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        manifest = Path(folder) / "manifest.json"
        if done.returncode != 0 or not manifest.is_file():
            said = (done.stdout + done.stderr).strip().splitlines()
            raise LakehouseError(
                "dbt cannot parse the project for Databricks:\n" + "\n".join(said[-12:]),
                "Correct the file that dbt names, then check again.",
                ExitCode.BUILD_FAILED,
            )
        parsed: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
        return parsed


class Selection:
    """dbt's own selection, on a manifest.

    Raises:
        LakehouseError: when the manifest is of another version of dbt.
    """

    def __init__(self, project_dir: Path, manifest: Mapping[str, Any]) -> None:
        from dbt.artifacts.schemas.manifest import WritableManifest
        from dbt.compilation import Linker
        from dbt.contracts.graph.manifest import Manifest
        from dbt.flags import set_from_args
        from dbt.graph.graph import Graph
        from dbt.graph.selector import NodeSelector

        set_from_args(Namespace(INDIRECT_SELECTION="eager"), None)
        try:
            self.manifest = Manifest.from_writable_manifest(
                WritableManifest.from_dict(copy.deepcopy(dict(manifest)))
            )
        except Exception as error:
            # dbt's own reader of JSON raises whatever it comes across.
            raise LakehouseError(
                f"The manifest cannot be read by this version of dbt: {error}",
                "Parse the project again: dbt parse.",
            ) from error
        self.project_dir = project_dir
        linker = Linker()
        linker.link_graph(self.manifest)
        self._graph = linker.graph
        self._selector = NodeSelector(Graph(linker.graph), self.manifest)
        self.package = str(manifest.get("metadata", {}).get("project_name") or "")

    def selected(self, spec: Any) -> set[str]:
        """The ids that a specification selects; paths are relative to the project."""
        with contextlib.chdir(self.project_dir):
            return set(self._selector.get_selected(spec, warn_on_no_nodes=False))

    def specifications(self) -> dict[str, Any]:
        """The named selectors of the project.

        Raises:
            LakehouseError: when dbt does not understand the file.
        """
        from dbt.contracts.selection import SelectorFile
        from dbt.graph.cli import parse_from_selectors_definition
        from dbt_common.exceptions import DbtBaseException

        file = self.project_dir / SELECTORS
        if not file.is_file():
            return {}
        document, problems = read(file, self.project_dir)
        if problems:
            raise LakehouseError(str(problems[0]))
        try:
            parsed = parse_from_selectors_definition(SelectorFile.from_dict(document.data))
        except (DbtBaseException, ValueError, TypeError, KeyError) as error:
            raise LakehouseError(" ".join(str(error).split())) from error
        return {name: entry["definition"] for name, entry in parsed.items()}

    def parents(self, unique_id: str) -> set[str]:
        """What a node reads directly."""
        return set(self._graph.predecessors(unique_id))

    def buildable(self) -> set[str]:
        """Everything of this project that some command has to build."""
        return {
            unique_id
            for unique_id, node in self.manifest.nodes.items()
            if node.package_name == self.package
            and node.resource_type in _BUILDS["build"]
            and node.config.enabled
        }


def check_selection(
    bundle: Bundle, commands: list[DbtCommand], manifest: Mapping[str, Any]
) -> Iterator[Finding]:
    """Commands that select nothing; nodes that no task, two tasks or a too early task builds."""
    from dbt.graph.cli import parse_difference

    selection = Selection(bundle.folder, manifest)
    try:
        named = selection.specifications()
    except LakehouseError as error:
        yield Finding(
            Where(SELECTORS), f"dbt does not understand it: {error.message}.", "Correct the file."
        )
        return
    yield from _empty_parts(selection, named)
    yield from _schemas(bundle, selection)
    built: dict[str, dict[str, set[str]]] = {}
    places: dict[tuple[str, str], Where] = {}
    for command in commands:
        if command.name not in _SELECTS:
            continue
        selector = command.params.get("selector")
        if selector is not None and selector not in named:
            yield Finding(
                command.where,
                f"There is no selector {selector}.",
                f"{SELECTORS} has: {', '.join(named) or 'none'}.",
            )
            continue
        spec = (
            named[selector]
            if selector is not None
            else parse_difference(command.params.get("select"), command.params.get("exclude"))
        )
        chosen = selection.selected(spec)
        kinds = _BUILDS.get(command.name)
        if kinds is not None:
            chosen = {each for each in chosen if each.split(".", 1)[0] in kinds}
        if not chosen:
            yield Finding(
                command.where,
                "The command selects nothing.",
                "Correct the selection; dbt itself would only warn.",
            )
        elif kinds is not None:
            built.setdefault(command.job, {}).setdefault(command.task, set()).update(chosen)
            places.setdefault((command.job, command.task), command.where)
    for job, by_task in built.items():
        yield from _coverage(bundle, selection, job, by_task, places)


def _empty_parts(selection: Selection, named: Mapping[str, Any]) -> Iterator[Finding]:
    """Criteria inside a selector that match nothing: a folder or tag that is misspelt."""
    from dbt.graph.selector_spec import SelectionCriteria

    def criteria(spec: Any) -> Iterator[Any]:
        if isinstance(spec, SelectionCriteria):
            yield spec
        else:
            for part in spec.components:
                yield from criteria(part)

    told: set[str] = set()
    for name, spec in named.items():
        for each in criteria(spec):
            text = f"{each.method}:{each.value}"
            # A kind of resource is no name that could be misspelt; there may be none of it yet.
            if each.method != "resource_type" and text not in told and not selection.selected(each):
                told.add(text)
                yield Finding(
                    Where(SELECTORS, name),
                    f"{text} selects nothing.",
                    "Correct the name, or remove the criterion.",
                )


def _schemas(bundle: Bundle, selection: Selection) -> Iterator[Finding]:
    """Schemas that dbt writes to and the bundle does not create; the job may not create any."""
    created = [str(each.value.get("name")) for each in bundle.of_kind("schemas")]
    missing: dict[str, list[str]] = {}
    for unique_id in sorted(selection.buildable()):
        schema = selection.manifest.nodes[unique_id].schema
        if not any(schema == name or schema.endswith(f"_{name}") for name in created):
            missing.setdefault(schema, []).append(_short(unique_id))
    for schema, nodes in missing.items():
        yield Finding(
            Where("resources"),
            f"dbt builds {nodes[0]} in the schema {schema}, which the bundle does not create.",
            "Declare it under resources.schemas.",
        )


def _coverage(
    bundle: Bundle,
    selection: Selection,
    job: str,
    by_task: dict[str, set[str]],
    places: Mapping[tuple[str, str], Where],
) -> Iterator[Finding]:
    """Each node is built by one task, after the tasks that build what it reads."""
    builder: dict[str, str] = {}
    for task, nodes in by_task.items():
        for node in sorted(nodes):
            if node in builder:
                yield Finding(
                    places[job, task],
                    f"{_short(node)} is built by {builder[node]} and again by {task}.",
                    "Let the selections not overlap.",
                )
            builder.setdefault(node, task)
    left = sorted(selection.buildable() - set(builder))
    if left:
        shown = ", ".join(_short(node) for node in left[:5]) + (", ..." if len(left) > 5 else "")
        yield Finding(
            next(place for (name, _), place in places.items() if name == job),
            f"No task of {job} builds {shown}.",
            "Add it to a selector.",
        )
    before = upstream(bundle, job)
    for node, task in builder.items():
        for parent in selection.parents(node) & set(builder):
            if builder[parent] != task and builder[parent] not in before.get(task, set()):
                yield Finding(
                    places[job, task],
                    f"{_short(node)} reads {_short(parent)}, which {builder[parent]} builds, and "
                    f"{task} does not wait for that.",
                    "Add the dependency, or move the model.",
                )


def _short(unique_id: str) -> str:
    return unique_id.rsplit(".", 1)[-1]
