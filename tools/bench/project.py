"""The projects that are measured: copies of this one, and a bare one of the same size."""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from orchestration.dbt import BUILD, PUBLISH, child_command
from orchestration.packages import DBT, packages_dir
from tools.bench.measure import Cost, cost_of
from tools.bench.nodes import WHOLE

PROJECT = Path(__file__).resolve().parents[2]
PARTS = (
    "dashboards",
    "dbt_project.yml",
    "packages.yml",
    "macros",
    "models",
    "seeds",
    "snapshots",
    "tests",
)


Seconds = list[tuple[str, float]]
"""What took how long, the longest first."""


@dataclass
class Lake:
    """A dbt project with a landing folder and a warehouse of its own."""

    project: Path
    landing: Path

    @property
    def warehouse(self) -> Path:
        """The folder of the databases."""
        return self.project / "warehouse"

    @property
    def published(self) -> Path:
        """The published database."""
        return self.warehouse / "published.duckdb"

    @property
    def environment(self) -> dict[str, str]:
        """The places, for dbt and for `lakehouse`."""
        return {
            "LAKEHOUSE_PROJECT_DIR": str(self.project),
            "LAKEHOUSE_LANDING": str(self.landing),
            "LAKEHOUSE_DUCKDB": str(self.warehouse / "lakehouse.duckdb"),
            "LAKEHOUSE_PUBLISHED": str(self.published),
            "LAKEHOUSE_SITE": str(self.project / "site"),
            "DBT_TARGET_PATH": str(self.project / "target"),
            "DBT_LOG_PATH": str(self.project / "logs"),
            "DBT_PACKAGES_DIR": str(packages_dir(PROJECT)),
            "DBT_PROFILES_DIR": str(self.project),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }

    def forget(self) -> None:
        """Forget what was built and what dbt knows of the project."""
        for name in ("warehouse", "target", "logs"):
            shutil.rmtree(self.project / name, ignore_errors=True)
        self.warehouse.mkdir()

    def build(self, as_of: str, *arguments: str) -> Cost:
        """Build everything, tests included, as on a day, and publish it."""
        options = ("--vars", _variables(as_of))
        commands = ((*BUILD, *arguments), PUBLISH)
        return cost_of(child_command(options, commands), self.project, self.environment)

    def dbt(self, *arguments: str) -> Cost:
        """Run dbt."""
        return cost_of([*DBT, "--quiet", *arguments], self.project, self.environment)

    def profile(self, as_of: str, *arguments: str) -> tuple[float, Seconds, Seconds]:
        """Build once more, with one thread, and see where the processor time goes.

        Returns:
            Seconds of the whole process, of its parts (dbt itself is what no node took), and of
            the nodes.
        """
        file = self.project / "target" / "processor_seconds.json"
        meter = (sys.executable, "-m", "tools.bench.nodes", str(file), "--quiet")
        given = (*BUILD, "--vars", _variables(as_of), *arguments)
        given = (*given, "--project-dir", str(self.project))
        cost_of([*meter, *given], PROJECT, self.environment)
        taken: dict[str, float] = json.loads(file.read_text(encoding="utf-8"))
        whole, nodes = taken.pop(WHOLE), self.manifest()["nodes"]
        parts = defaultdict(float, {"dbt itself": whole - sum(taken.values())})
        named = []
        for unique_id, seconds in taken.items():
            kind, _, name, *_ = unique_id.split(".")
            layer = f" in {nodes[unique_id]['fqn'][1]}" if kind == "model" else ""
            parts[f"{kind}s{layer}"] += seconds
            named.append((f"{kind}.{name}", seconds))
        return whole, _largest(parts.items()), _largest(named)

    def manifest(self) -> dict[str, Any]:
        """What dbt knows of the project."""
        text = (self.project / "target" / "manifest.json").read_text(encoding="utf-8")
        read: dict[str, Any] = json.loads(text)
        return read


def _largest(taken: Iterable[tuple[str, float]]) -> Seconds:
    return sorted(taken, key=lambda each: -each[1])


def _variables(as_of: str) -> str:
    return json.dumps({"as_of": as_of, "publish_untested": "true"})


def copy_of_this(folder: Path, landing: Path, memory_limit: str = "") -> Lake:
    """A copy of this project, with a limit to DuckDB's memory if one is given."""
    folder.mkdir(parents=True)
    for part in PARTS:
        source = PROJECT / part
        copy = shutil.copytree if source.is_dir() else shutil.copy2
        copy(source, folder / part)
    profile = yaml.safe_load((PROJECT / "profiles.yml.example").read_text(encoding="utf-8"))
    if memory_limit:
        local = profile["sales_lakehouse"]["outputs"]["local"]
        local["settings"]["memory_limit"] = memory_limit
    (folder / "profiles.yml").write_text(yaml.safe_dump(profile), encoding="utf-8")
    lake = Lake(folder, landing)
    lake.forget()
    return lake


def bare_like(lake: Lake, folder: Path) -> Lake:
    """A project with as many models and tests as another: each is a row, in the same order.

    What it takes is what dbt takes for reading a project of that size and sending its statements.
    """
    nodes = lake.manifest()["nodes"].values()
    kinds = ("model", "seed", "snapshot")
    made = [
        node
        for node in nodes
        if node["resource_type"] in kinds
        and node["config"].get("enabled", True)
        and node["config"].get("materialized") != "metric_view"
    ]
    tests = Counter(
        node.get("attached_node") or node["depends_on"]["nodes"][0]
        for node in nodes
        if node["resource_type"] == "test"
    )
    folder.mkdir(parents=True)
    models = folder / "models"
    models.mkdir()
    numbers = {node["unique_id"]: f"node_{place}" for place, node in enumerate(made)}
    for node in made:
        name = numbers[node["unique_id"]]
        kind = "view" if node["config"].get("materialized") == "view" else "table"
        parents = [numbers[each] for each in node["depends_on"].get("nodes", []) if each in numbers]
        columns = [f"c{column}" for column in range(max(tests[node["unique_id"]], 1))]
        (models / f"{name}.sql").write_text(_model(kind, parents, columns), encoding="utf-8")
        described = [{"name": each, "data_tests": ["not_null"]} for each in columns]
        about = {"name": name, "columns": described[: tests[node["unique_id"]]]}
        text = yaml.safe_dump({"models": [about]})
        (models / f"{name}.yml").write_text(text, encoding="utf-8")
    (folder / "dbt_project.yml").write_text(
        yaml.safe_dump({"name": "bare", "profile": "bare", "config-version": 2}), encoding="utf-8"
    )
    local = {"type": "duckdb", "path": "{{ env_var('LAKEHOUSE_DUCKDB') }}", "threads": 4}
    profile = {"bare": {"target": "local", "outputs": {"local": local}}}
    (folder / "profiles.yml").write_text(yaml.safe_dump(profile), encoding="utf-8")
    bare = Lake(folder, lake.landing)
    bare.forget()
    return bare


def _model(kind: str, parents: Sequence[str], columns: Sequence[str]) -> str:
    refs = "\n".join(f"-- depends_on: {{{{ ref('{name}') }}}}" for name in parents)
    row = ", ".join(f"1 as {name}" for name in columns)
    return f"{{{{ config(materialized='{kind}') }}}}\n{refs}\nselect {row}\n"
