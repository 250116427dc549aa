"""A fake Databricks CLI that deploys the bundle to the fake workspace.

It knows the commands and options that the project's guide uses, and refuses what the platform
refuses: a space before its tables, a run before its job or files, an unknown name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.python.databricks.bundle import TITLES, Deployment
from tests.python.databricks.fake_workspace import FakeWorkspace

_TARGET = {"--target", "--var"}
_COMMANDS = {
    "auth login": (0, {"--host"}),
    "auth describe": (0, set[str]()),
    "current-user me": (0, set[str]()),
    "bundle validate": (0, _TARGET | {"--strict"}),
    "bundle deploy": (0, _TARGET | {"--select"}),
    "bundle summary": (0, _TARGET),
    "bundle run": (1, _TARGET | {"--params"}),
    "bundle destroy": (0, _TARGET),
    "bundle deployment bind": (2, _TARGET),
    "account service-principal-federation-policy create": (1, {"--json"}),
}
"""Arguments and options of each command."""
_SWITCHES = {"--strict"}


class Refused(Exception):  # noqa: N818
    """What the command or the platform says no to."""


@dataclass
class FakeCli:
    """Deploys as one user.

    Attributes:
        workspace: where to.
        principals: the service principals that exist.
        tables: what readers can read, as catalog.schema.table.
        spaces: identifiers of the tables of each deployed space, by title.
        jobs: the job of each target.
        runs: target and parameters of each run.
    """

    workspace: FakeWorkspace
    user: str = "ann.lee@example.com"
    principals: set[str] = field(default_factory=set)
    tables: set[str] = field(default_factory=set)
    spaces: dict[str, set[str]] = field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    runs: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def parse(self, words: list[str]) -> tuple[str, list[str], dict[str, str]]:
        """A command, its arguments and its options."""
        named = [each for each in _COMMANDS if words[: len(each.split())] == each.split()]
        name = max(named, key=len, default="")
        if not name:
            raise Refused(f"unknown command {words}")
        count, known = _COMMANDS[name]
        arguments: list[str] = []
        options: dict[str, str] = {}
        rest = iter(words[len(name.split()) :])
        for word in rest:
            if not word.startswith("--"):
                arguments.append(word)
            elif word not in known:
                raise Refused(f"{name}: unknown option {word}")
            else:
                options[word] = "" if word in _SWITCHES else next(rest)
        if len(arguments) != count:
            raise Refused(f"{name}: {count} arguments, not {arguments}")
        return name, arguments, options

    def run(self, words: list[str], environment: Mapping[str, str]) -> None:
        """Do what a command says, with this environment."""
        name, arguments, options = self.parse(words)
        if name == "auth login" and options["--host"] != self.workspace.address:
            raise Refused(f"no workspace at {options['--host']}")
        if name.startswith("account"):
            json.loads(options["--json"])
        if not name.startswith("bundle"):
            return
        target = options.get("--target", "dev")
        deployment = Deployment(
            target, self.user, self._variables(options, environment), self._look_up
        )
        match name:
            case "bundle deploy":
                self._deploy(target, deployment, options.get("--select", ""))
            case "bundle run":
                self._run(target, deployment, arguments[0], options.get("--params", ""))
            case "bundle destroy":
                self._destroy(target, deployment)
            case "bundle summary" if target not in self.jobs:
                raise Refused(f"{target} is not deployed")

    def _variables(self, options: Mapping[str, str], environment: Mapping[str, str]) -> Any:
        given = {
            name.removeprefix("BUNDLE_VAR_"): value
            for name, value in environment.items()
            if name.startswith("BUNDLE_VAR_")
        }
        if "--var" in options:
            name, _, value = options["--var"].partition("=")
            given[name] = value
        return given

    def _look_up(self, kind: str, name: str) -> str:
        warehouses = {each["name"]: id_ for id_, each in self.workspace.warehouses.items()}
        known = {"warehouse": warehouses, "service_principal": {p: p for p in self.principals}}
        if name not in known[kind]:
            raise Refused(f"{kind} {name} does not exist")
        return str(known[kind][name])

    def _deploy(self, target: str, deployment: Deployment, selection: str) -> None:
        resources = deployment.resources
        names = {f"{kind}.{key}" for kind, entries in resources.items() for key in entries}
        selected = set(selection.split(",")) if selection else names
        if unknown := selected - names:
            raise Refused(f"no resource {unknown}")
        if deployment.catalog not in self.workspace.catalogs:
            raise Refused(f"catalog {deployment.catalog} does not exist")
        for kind, entries in resources.items():
            for key, settings in entries.items():
                if f"{kind}.{key}" in selected:
                    self._deploy_one(target, kind, settings)

    def _deploy_one(self, target: str, kind: str, settings: dict[str, Any]) -> None:
        match kind:
            case "jobs":
                self.jobs[target] = settings
            case "volumes":
                place = (settings[each] for each in ("catalog_name", "schema_name", "name"))
                self.workspace.volumes.add("/".join(["/Volumes", *place]))
            case "dashboards":
                title = settings[TITLES[kind]]
                if title not in [d["display_name"] for d in self.workspace.dashboards.values()]:
                    self.workspace.add_dashboard(title)
            case "genie_spaces":
                sources = json.loads(settings["serialized_space"])["data_sources"].values()
                read = {each["identifier"] for source in sources for each in source}
                if missing := read - self.tables:
                    raise Refused(f"Table {min(missing)} does not exist")
                title = settings[TITLES[kind]]
                self.spaces[title] = read
                self.workspace.spaces[title] = {"space_id": title, "title": title}

    def _run(self, target: str, deployment: Deployment, key: str, parameters: str) -> None:
        job = self.jobs.get(target)
        if job is None or key not in deployment.resources["jobs"]:
            raise Refused(f"there is no job {key} in {target}")
        given = dict(each.split("=") for each in parameters.split(",") if each)
        if unknown := set(given) - {each["name"] for each in job["parameters"]}:
            raise Refused(f"no parameter {unknown}")
        (landing,) = set(re.findall(r"landing: ([^,]+),", json.dumps(job)))
        if not any(path.startswith(f"{landing}/source_") for path in self.workspace.files):
            raise Refused(f"no files in {landing}")
        self.runs.append((target, given))
        space = json.loads(
            deployment.resources["genie_spaces"]["gold_sales_genie"]["serialized_space"]
        )
        for source in space["data_sources"].values():
            self.tables |= {each["identifier"] for each in source}

    def _destroy(self, target: str, deployment: Deployment) -> None:
        schemas = deployment.resources["schemas"].values()
        if any(each.get("lifecycle", {}).get("prevent_destroy") for each in schemas):
            raise Refused(f"{target}: prevent_destroy")
        del self.jobs[target]
