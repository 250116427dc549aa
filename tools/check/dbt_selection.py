"""What the dbt commands of the jobs select: dbt itself lists it, and nothing is connected to."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click
import yaml

from orchestration.errors import ExitCode, Finding, LakehouseError
from tools.check.bundle import REFERENCE, Bundle
from tools.check.jobs import waits_for
from tools.check.source import Map, place

SELECTORS = "selectors.yml"
_BUILDS = {
    "build": ("model", "seed", "snapshot"),
    "run": ("model",),
    "seed": ("seed",),
    "snapshot": ("snapshot",),
}
# What the profile reads; no command here connects to it.
_ENVIRONMENT = {
    "DATABRICKS_HOST": "check.invalid",
    "DATABRICKS_HTTP_PATH": "/sql/1.0/warehouses/check",
    "DATABRICKS_TOKEN": "check",
    "DATABRICKS_CATALOG": "check",
    "DATABRICKS_SCHEMA": "default",
}


class Dbt:
    """dbt in this process, for one project.

    Args:
        project_dir: the folder of `dbt_project.yml`.
        manifest: the parsed project; without one dbt parses it first, which takes some ten seconds
            the first time and one second later.

    Raises:
        LakehouseError: if dbt cannot parse the project.
    """

    def __init__(self, project_dir: Path, manifest: Any = None) -> None:
        self.project_dir = project_dir
        self._selected: dict[str, tuple[set[str], str]] = {}
        self.manifest = manifest
        if manifest is None:
            self.manifest, error = self._invoke("parse")
            if self.manifest is None:
                raise LakehouseError(
                    f"dbt cannot parse the project for Databricks:\n{error}",
                    "Correct the file that dbt names, then check again.",
                    ExitCode.BUILD_FAILED,
                )

    def select(self, **selection: Any) -> tuple[set[str], str]:
        """The ids that `dbt list` names for dbt's parameters, or what dbt says against it."""
        key = json.dumps(selection, sort_keys=True, default=list)
        if key not in self._selected:
            fields: dict[str, Any] = {"output": "json", "output_keys": ["unique_id"]}
            lines, error = self._invoke("list", **fields, **selection)
            self._selected[key] = {json.loads(line)["unique_id"] for line in lines or ()}, error
        return self._selected[key]

    def without_match(self, criteria: list[str]) -> list[str]:
        """Those of the criteria, such as `path:models/staging`, that match nothing."""
        unmatched: list[str] = []

        def listen(event: Any) -> None:
            if event.info.name == "NoNodesForSelectionCriteria":
                unmatched.append(event.data.spec_raw)

        self._invoke("list", listen, select=criteria)
        return unmatched

    def _invoke(self, command: str, *callbacks: Any, **options: Any) -> tuple[Any, str]:
        """Run a command; return its result, None if it failed, and the message of the failure."""
        from dbt.cli.main import dbtRunner

        cache = self.project_dir / "target" / "check"
        cache.mkdir(parents=True, exist_ok=True)
        example = self.project_dir / "profiles.yml.example"
        profiles = example if example.is_file() else self.project_dir / "profiles.yml"
        shutil.copyfile(profiles, cache / "profiles.yml")
        # dbt checks that its default, ~/.dbt, exists before it takes the keyword `profiles_dir`.
        environment = {**_ENVIRONMENT, "DBT_PROFILES_DIR": str(cache)}
        if not (self.project_dir / os.environ.get("DBT_PACKAGES_DIR", "dbt_packages")).is_dir():
            environment["DBT_PACKAGES_DIR"] = "requirements/offline_packages"
        with (
            patch.dict(os.environ, environment),
            contextlib.chdir(self.project_dir),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            done = dbtRunner(self.manifest, list(callbacks)).invoke(
                [command],
                project_dir=str(self.project_dir),
                target="databricks",
                target_path=str(cache),
                log_path=str(cache),
                log_level_file="none",
                write_json=False,
                **options,
            )
        return (done.result if done.success else None), str(done.exception or "").strip()


def check_selection(bundle: Bundle, dbt: Dbt) -> Iterator[Finding]:
    """Each node is built by exactly one task, after the tasks that build what it reads."""
    yield from _schemas(bundle, dbt)
    for name, job in bundle.resources("jobs").items():
        built: dict[str, str] = {}
        last = ""
        for task in job.mappings("tasks"):
            key = str(task.get("task_key"))
            commands = task.mapping("dbt_task").items_of("commands")
            for number, command in enumerate(commands):
                at = place(task, "dbt_task", "commands", number)
                nodes, problem = _selected(dbt, str(command))
                if problem:
                    yield Finding(at, *problem)
                last = at if nodes else last
                for node in sorted(nodes):
                    if built.setdefault(node, key) != key:
                        what = f"{_short(node)} is built by {built[node]} and again by {key}."
                        yield Finding(at, what, "Let the selections not overlap.")
        if built:
            yield from _coverage(name, job, last, built, dbt.manifest)


def check_selectors(dbt: Dbt) -> Iterator[Finding]:
    """Criteria of the named selectors that match nothing: a folder or tag that is misspelt."""
    file = dbt.project_dir / SELECTORS
    if not file.is_file():
        return

    def criteria(part: Any) -> Iterator[str]:
        if isinstance(part, list):
            for each in part:
                yield from criteria(each)
        elif isinstance(part, dict) and "method" in part:
            # There may be no node yet of a kind; a selector's own criteria are in the list.
            if part["method"] not in ("resource_type", "selector"):
                yield f"{part['method']}:{part.get('value')}"
        elif isinstance(part, dict):
            for each in part.values():
                yield from criteria(each)

    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError:
        return  # dbt says so of every command.
    for each in dbt.without_match(sorted(set(criteria(content)))):
        remedy = "Correct the name, or remove the criterion."
        yield Finding(SELECTORS, f"{each} selects nothing.", remedy)


def _selected(dbt: Dbt, command: str) -> tuple[set[str], tuple[str, str] | None]:
    """The nodes that a command builds, and what is wrong with it."""
    name, params, problem = parse_command(command)
    if problem:
        return set(), (f"This is no dbt command: {problem}.", "Correct the command.")
    if "selector" not in params:
        return set(), None
    kinds = _BUILDS.get(name, ())
    wanted = {key: params[key] for key in ("select", "exclude", "selector") if params.get(key)}
    if kinds:
        wanted["resource_types"] = list(kinds)
    nodes, error = dbt.select(**wanted)
    if error:
        return set(), (f"dbt refuses the selection: {' '.join(error.split())}", "Correct it.")
    if not nodes:
        remedy = "Correct the selection; dbt itself would only warn."
        return set(), ("The command selects nothing.", remedy)
    return (nodes if kinds else set()), None


def parse_command(command: str) -> tuple[str, dict[str, Any], str]:
    """Name and parameters of a dbt command by dbt's own parser, and what is wrong with it."""
    from dbt.cli.main import cli

    try:
        # The braces of a reference would be YAML inside --vars.
        words = shlex.split(REFERENCE.sub("reference", command))
    except ValueError as error:
        return "", {}, f"{error}: {command}"
    if words[:1] != ["dbt"] or len(words) == 1:
        return "", {}, f"it does not begin with dbt and a command: {command}"
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            context = cli.make_context("dbt", words[1:])
            rest = [*context._protected_args, *context.args]
            name, found, rest = cli.resolve_command(context, rest)
            assert found is not None  # resolve_command raises for an unknown command
            return str(name), dict(found.make_context(name, rest, parent=context).params), ""
    except click.UsageError as error:
        return "", {}, error.format_message().splitlines()[0].rstrip(".")
    except click.exceptions.Exit:
        return "", {}, "it only shows help"


def _buildable(manifest: Any) -> list[Any]:
    own = manifest.metadata.project_name
    nodes = (node for node in manifest.nodes.values() if node.package_name == own)
    return [node for node in nodes if node.resource_type in _BUILDS["build"]]


def _schemas(bundle: Bundle, dbt: Dbt) -> Iterator[Finding]:
    """Schemas that dbt writes to and the bundle does not create; the job may not create any."""
    created = {str(each.get("name")) for each in bundle.resources("schemas").values()}
    nodes = {n.schema: n for n in sorted(_buildable(dbt.manifest), key=lambda n: str(n.name))}
    for schema in sorted(set(nodes) - created):
        yield Finding(
            "resources",
            f"dbt builds {nodes[schema].name} in the schema {schema}, which the bundle does not "
            "create.",
            "Declare it under resources.schemas.",
        )


def _coverage(
    name: str, job: Map, at: str, built: dict[str, str], manifest: Any
) -> Iterator[Finding]:
    """Nodes that no task builds, and nodes that are built before what they read."""
    left = sorted(n.name for n in _buildable(manifest) if n.unique_id not in built)
    if left:
        shown = ", ".join(left[:5]) + (", ..." if len(left) > 5 else "")
        yield Finding(at, f"No task of {name} builds {shown}.", "Add it to a selector.")
    before = waits_for(job)
    for _ in before:  # as many rounds as a chain of tasks can be long
        for names in before.values():
            names |= {each for name in names for each in before.get(name, ())}
    for node, task in built.items():
        for parent in set(manifest.nodes[node].depends_on_nodes) & set(built):
            if built[parent] not in before[task] | {task}:
                yield Finding(
                    at,
                    f"{_short(node)} reads {_short(parent)}, which {built[parent]} builds, and "
                    f"{task} does not wait for that.",
                    "Add the dependency, or move the model.",
                )


def _short(unique_id: str) -> str:
    return unique_id.rsplit(".", 1)[-1]
