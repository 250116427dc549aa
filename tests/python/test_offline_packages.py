"""The offline packages hold what they promise: for each macro cases that pass and cases that fail.

The dbt project in `offline_packages` is built on DuckDB; how each of its tests and models has to
end stands there. With the environment variable `DBT_PACKAGES_DIR_HUB` naming a folder that
`dbt deps` has filled from the hub, it is built with those packages too, and each result must be the
same.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.python.conftest import PROJECT

OFFLINE = PROJECT / "requirements/offline_packages"
CASES = PROJECT / "tests/python/offline_packages"
HUB_VARIABLE = "DBT_PACKAGES_DIR_HUB"

Outcomes = dict[str, Any]
"""By test or model: the number of failures, or the rows; `refused` when dbt could not run it."""


def dbt(folder: Path, packages: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run dbt on a copy of the project with the packages of a folder."""
    shutil.copytree(CASES, folder)
    shutil.copy(PROJECT / "packages.yml", folder)
    return subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), *arguments],
        cwd=folder,
        env=os.environ | {"DBT_PACKAGES_DIR": str(packages), "DBT_PROFILES_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def build(folder: Path, packages: Path) -> tuple[Outcomes, Outcomes]:
    """How the tests and spines end, and how they have to end."""
    built = dbt(folder, packages, "build")
    assert (folder / "target" / "run_results.json").exists(), built.stdout + built.stderr
    manifest, ran = (
        json.loads((folder / "target" / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("manifest", "run_results")
    )
    nodes = manifest["nodes"]
    expected = {
        node["name"]: node["config"]["meta"]["expected"]
        for node in nodes.values()
        if "expected" in node["config"]["meta"]
    }
    found: Outcomes = {}
    with duckdb.connect(str(folder / "cases.duckdb"), read_only=True) as connection:
        for result in ran["results"]:
            name, status = nodes[result["unique_id"]]["name"], result["status"]
            if status in ("error", "skipped"):
                found[name] = "refused"
            elif status in ("pass", "fail"):
                found[name] = result["failures"]
            elif name in expected:
                rows = connection.execute(f"select cast(columns(*) as timestamp) from {name}")
                ((column, *_),) = rows.description
                found[name] = {column: sorted(str(moment) for (moment,) in rows.fetchall())}
    return found, expected


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcomes, Outcomes]:
    return build(tmp_path_factory.mktemp("packages") / "offline", OFFLINE)


def test_every_case_ends_as_it_has_to(offline: tuple[Outcomes, Outcomes]) -> None:
    found, expected = offline
    assert len(expected) > 30
    assert found == expected


def test_same_results_as_the_hub(offline: tuple[Outcomes, Outcomes], tmp_path: Path) -> None:
    folder = os.environ.get(HUB_VARIABLE)
    if not folder:
        pytest.skip(
            f"{HUB_VARIABLE} is not set: run `dbt deps` where the hub can be reached and let the "
            "variable name the folder it fills (dbt_packages)"
        )
    assert offline == build(tmp_path / "hub", Path(folder).resolve())


def test_no_deprecations(tmp_path: Path) -> None:
    strict = ("--warn-error-options", '{"error": ["Deprecations"]}')
    parsed = dbt(tmp_path / "parsed", OFFLINE, *strict, "parse", "--show-all-deprecations")
    assert parsed.returncode == 0, parsed.stdout


def offered() -> set[str]:
    """The macros of the offline packages: each file holds the one it is named after."""
    return {f"{path.parts[-3]}.{path.stem}" for path in OFFLINE.glob("*/macros/*.sql")}


def used(*rooms: Path) -> set[str]:
    """The macros of both packages that the SQL and YAML of folders mention."""
    texts = [
        path.read_text(encoding="utf-8")
        for room in rooms
        for path in room.rglob("*")
        if path.suffix in {".sql", ".yml"}
    ]
    return set(re.findall(r"\b(?:dbt_utils|dbt_expectations)\.\w+", "\n".join(texts)))


def test_every_macro_offered_has_cases() -> None:
    assert offered() == used(CASES / "models")


def test_the_macros_offered_are_those_used() -> None:
    """What nothing uses any more is taken out; what is missing is added."""
    rooms = ("macros", "models", "seeds", "snapshots", "tests/data")
    assert offered() == used(*(PROJECT / room for room in rooms))
