"""Where dbt finds its packages: from the hub, or the project's own small ones.

`python -m orchestration.packages` is what `make` calls once per environment: it asks the hub
within seconds and installs from it, or settles for `requirements/offline_packages`, and says which.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml

from orchestration.errors import ExitCode, LakehouseError

ENVIRONMENT_VARIABLE = "DBT_PACKAGES_DIR"
FROM_HUB = "dbt_packages"
OFFLINE = "requirements/offline_packages"

DBT = (sys.executable, "-c", "from dbt.cli.main import cli; cli()")
"""The command that starts the dbt of this very environment, whatever the PATH says."""

HUB_PATIENCE = 3.0
"""Seconds to wait for the hub's first sign of life; dbt itself would wait some ten."""


def required_packages(project_dir: Path) -> list[str]:
    """Names of the packages that packages.yml asks for, as their folders are called."""
    declared = project_dir / "packages.yml"
    if not declared.is_file():
        return []
    entries = (yaml.safe_load(declared.read_text(encoding="utf-8")) or {}).get("packages") or []
    sources = (entry.get("package") or entry.get("local") or "" for entry in entries)
    return [str(source).rstrip("/").rsplit("/", 1)[-1] for source in sources if source]


def is_complete(folder: Path, names: list[str]) -> bool:
    """Whether the folder holds every package."""
    return all((folder / name / "dbt_project.yml").is_file() for name in names)


def packages_dir(project_dir: Path) -> Path:
    """The folder dbt is to take its packages from.

    `DBT_PACKAGES_DIR` wins; else `dbt_packages` if it is complete; else the offline packages.

    Raises:
        LakehouseError: when packages are missing in the folder that was chosen.
    """
    names = required_packages(project_dir)
    available = FROM_HUB if is_complete(project_dir / FROM_HUB, names) else OFFLINE
    chosen = project_dir / (os.environ.get(ENVIRONMENT_VARIABLE) or available)
    if not is_complete(chosen, names):
        raise LakehouseError(
            f"{chosen} does not hold the dbt packages {', '.join(names)}.",
            f"Run `dbt deps`, or unset {ENVIRONMENT_VARIABLE} to use {OFFLINE}.",
            ExitCode.USAGE,
        )
    return chosen


def hub_answers() -> bool:
    """Whether dbt's package hub can be reached from here, found out within seconds."""
    import requests
    from dbt.clients.registry import DEFAULT_REGISTRY_BASE_URL

    hub = os.environ.get("DBT_PACKAGE_HUB_URL") or str(DEFAULT_REGISTRY_BASE_URL)
    try:
        return requests.head(hub, timeout=HUB_PATIENCE, allow_redirects=True).ok
    except requests.RequestException:
        return False


def install(project_dir: Path) -> str:
    """Fetch the packages from the hub if it answers; say in a sentence what is used."""
    if os.environ.get(ENVIRONMENT_VARIABLE):
        return f"dbt packages: {packages_dir(project_dir)}, as {ENVIRONMENT_VARIABLE} says."
    if not hub_answers():
        return f"dbt packages: the hub cannot be reached, so {OFFLINE} is used."
    deps = subprocess.run(
        [*DBT, "--no-use-colors", "--quiet", "deps"],
        cwd=project_dir,
        capture_output=True,
        text=True,
        check=False,
    )
    if deps.returncode == 0 and is_complete(project_dir / FROM_HUB, required_packages(project_dir)):
        return f"dbt packages: from the hub, in {FROM_HUB}."
    said = (deps.stdout + deps.stderr).strip().splitlines()
    reason = said[-1].strip() if said else "dbt deps failed"
    return f"dbt packages: the hub did not deliver ({reason}), so {OFFLINE} is used."


if __name__ == "__main__":
    from orchestration.settings import load_settings

    print(install(load_settings().project_dir))
