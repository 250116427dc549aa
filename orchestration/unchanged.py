"""What a run need not build: everything, or what no changed file reaches.

What writes raises a `LakehouseError` when the folder of the warehouse cannot be written.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from orchestration.errors import os_errors
from orchestration.files import Listing
from orchestration.notes import read_note, write_note
from orchestration.settings import Settings

NAME = ".built.json"
PAGE = ".page.json"
PROJECT_PARTS = (
    "dbt_project.yml",
    "packages.yml",
    "profiles.yml",
    "models",
    "macros",
    "seeds",
    "snapshots",
    "tests",
)
"""What of the project decides what a build makes."""
ENGINES = ("dbt-core", "dbt-duckdb", "duckdb")
PROJECT, DAY = "project", "day"


def state(settings: Settings, files: Listing) -> dict[str, str]:
    """What a local build depends on: project and engines, the day, the files by landing table.

    The day counts because freshness monitors and snapshots depend on it.
    """
    project = [
        str(settings.landing),
        *(f"{path} {stamp(path)}" for path in _project_files(settings.project_dir)),
        *(f"{package} {version(package)}" for package in ENGINES),
    ]
    tables: dict[str, list[str]] = {}
    for file in files.files:
        tables.setdefault(file.source, []).append(f"{file.path} {file.size} {file.modified}")
    return {
        PROJECT: _checksum(project),
        DAY: dt.datetime.now(dt.UTC).date().isoformat(),
        **{table: _checksum(found) for table, found in tables.items()},
    }


def changes(settings: Settings, wanted: dict[str, str]) -> set[str] | None:
    """What is other than when the last build was published: landing tables, and `DAY`.

    Returns:
        None when everything has to be built: the project is another one, the databases are not as
        that build left them, or it is not known.
    """
    built = read_note(settings.warehouse / NAME, dict[str, str])
    if built is None:
        return None
    now = {**wanted, **_databases(settings)}
    found = {key for key in built.keys() | now.keys() if built.get(key) != now.get(key)}
    return None if found & {PROJECT, *_databases(settings)} else found


def remember(settings: Settings, built: dict[str, str]) -> None:
    """Write down that a build of this state was published."""
    note = {**built, **_databases(settings)}
    write_note(settings.warehouse / NAME, note, "writing down what was built")


def is_drawn(settings: Settings) -> bool:
    """Whether the page is the one that was drawn of what is published now."""
    return read_note(settings.warehouse / PAGE, dict[str, str]) == _drawn(settings)


def remember_page(settings: Settings) -> None:
    """Write down of what the page was drawn."""
    note = _drawn(settings)
    write_note(settings.warehouse / PAGE, note, "writing down of what the page was drawn")


def forget(settings: Settings) -> None:
    """Have the next run build in any case: nothing is built until a build has ended."""
    with os_errors("starting a build"):
        (settings.warehouse / NAME).unlink(missing_ok=True)


def stamp(path: Path) -> str:
    """What changes when a file is written; empty when there is none."""
    try:
        found = path.stat()
    except OSError:
        return ""
    return f"{found.st_size} {found.st_mtime_ns}"


def _databases(settings: Settings) -> dict[str, str]:
    return {str(path): stamp(path) for path in (settings.duckdb, settings.published)}


def _drawn(settings: Settings) -> dict[str, str]:
    return {
        **{str(p): stamp(p) for p in (settings.page, settings.published, settings.dashboard)},
        "documentation": str((settings.site / "widgets.html").exists()),  # the page links to it
        "lvdash": version("lvdash"),
    }


def _project_files(project_dir: Path) -> Iterable[Path]:
    for part in PROJECT_PARTS:
        path = project_dir / part
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix in (".sql", ".yml", ".csv"))
        elif path.is_file():
            yield path


def _checksum(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
