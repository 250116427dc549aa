"""The bundle as a deployment makes it: references filled in, names as the target's mode has them.

Written after the rules of the Databricks CLI, which is not used here: development puts
`dev_<user>_` before the names of schemas and `[dev <user>] ` before titles, and leaves volumes.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.python.conftest import PROJECT
from tools.check.bundle import REFERENCE, load

TITLES = {"jobs": "name", "dashboards": "display_name", "genie_spaces": "title"}
COMMIT = "0123456789"


def same(kind: str, name: str) -> str:
    """Look nothing up: the name stands for the thing."""
    del kind
    return name


class Deployment:
    """What one user deploys to a target.

    Attributes:
        resources: the settings of each resource by kind and key, filled in.
        permissions: those of the whole deployment.
        schema_prefix: what dbt puts before the layers, `default` for nothing.
        catalog: the catalog of all schemas.
    """

    def __init__(
        self,
        target: str,
        user: str = "ann.lee@example.com",
        variables: Mapping[str, str] | None = None,
        look_up: Callable[[str, str], str] = same,
    ) -> None:
        """Read the bundle; `look_up` finds the id of a thing by its kind and name."""
        found = [each for each in load(PROJECT)[0] if each.target == target]
        assert found, f"there is no target {target}"
        (self._bundle,) = found
        self._given = dict(variables or {})
        assert set(self._given) <= set(self._bundle.data.mapping("variables")), self._given
        self._look_up = look_up
        short_name = re.sub(r"[^a-z0-9]", "_", user.split("@")[0].lower())
        development = self._bundle.data.get("mode") == "development"
        self._named = copy.deepcopy(self._bundle.data["resources"])
        for kind, entries in self._named.items():
            for key, settings in entries.items():
                settings["id"] = f"{key} of {short_name if development else target}"
                if development and kind == "schemas":
                    settings["name"] = f"dev_{short_name}_{settings['name']}"
                elif development and kind in TITLES:
                    title = TITLES[kind]
                    settings[title] = f"[dev {short_name}] {settings[title]}"
        self._known = {
            "bundle.name": self._bundle.data["bundle"]["name"],
            "bundle.target": target,
            "bundle.git.commit": COMMIT,
            "workspace.current_user.userName": user,
            "workspace.current_user.short_name": short_name,
        }
        self.resources: dict[str, dict[str, dict[str, Any]]] = self._filled(self._named)
        self.permissions = self._filled(self._bundle.data.get("permissions", []))
        self.schema_prefix = self._filled("${var.schema_prefix}")
        self.catalog = self._filled("${var.catalog}")

    def _filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._filled(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._filled(inner) for inner in value]
        while isinstance(value, str) and REFERENCE.search(value):
            value = REFERENCE.sub(lambda found: self._value(found[1]), value)
        return value

    def _value(self, reference: str) -> str:
        if reference in self._known:
            return str(self._known[reference])
        kind, _, path = reference.partition(".")
        if kind == "resources":
            value: Any = self._named
            for step in path.split("."):
                value = value[step]
            return str(value)
        assert kind == "var", reference
        value = self._given.get(path, self._bundle.variable(path))
        if isinstance(value, dict):
            ((what, name),) = value.items()
            return self._look_up(what, self._filled(name))
        return str(value)
