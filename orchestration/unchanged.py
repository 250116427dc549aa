"""Whether a run would change anything: the same files, the same project, the same day."""

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


def fingerprint(settings: Settings, files: Listing) -> str:
    """What a local build depends on, in a checksum: files, project, engines, and the day.

    The day counts because freshness monitors and snapshots depend on it.
    """
    parts = [
        str(settings.landing),
        *(f"{file.path} {file.size} {file.modified}" for file in files.files),
        *(f"{path} {stamp(path)}" for path in _project_files(settings.project_dir)),
        *(f"{package} {version(package)}" for package in ENGINES),
        dt.datetime.now(dt.UTC).date().isoformat(),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def is_built(settings: Settings, wanted: str) -> bool:
    """Whether the last build had this fingerprint and its databases are as it left them."""
    return read_note(settings.warehouse / NAME, dict[str, str]) == _built(settings, wanted)


def remember(settings: Settings, built: str) -> None:
    """Write down that a build with this fingerprint was published."""
    note = _built(settings, built)
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


def _built(settings: Settings, fingerprint: str) -> dict[str, str]:
    databases = (settings.duckdb, settings.published)
    return {"fingerprint": fingerprint, **{str(path): stamp(path) for path in databases}}


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
