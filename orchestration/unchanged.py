"""Whether a run would change anything: the same files, the same project, the same day."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable
from contextlib import suppress
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
        *(f"{path} {_stamp(path)}" for path in _project_files(settings.project_dir)),
        *(f"{package} {version(package)}" for package in ENGINES),
        dt.datetime.now(dt.UTC).date().isoformat(),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def is_built(settings: Settings, wanted: str) -> bool:
    """Whether the last build had this fingerprint and its databases are as it left them."""
    return _is_noted(settings, NAME, lambda: _state(settings, wanted))


def remember(settings: Settings, built: str) -> None:
    """Write down that a build with this fingerprint was published.

    Raises:
        LakehouseError: when the folder of the warehouse cannot be written.
    """
    _note(settings, NAME, lambda: _state(settings, built), "writing down what was built")


def is_drawn(settings: Settings) -> bool:
    """Whether the page is the one that was drawn of what is published now."""
    return _is_noted(settings, PAGE, lambda: _page(settings))


def remember_page(settings: Settings) -> None:
    """Write down of what the page was drawn.

    Raises:
        LakehouseError: when the folder of the warehouse cannot be written.
    """
    _note(settings, PAGE, lambda: _page(settings), "writing down of what the page was drawn")


def forget(settings: Settings) -> None:
    """Have the next run build in any case: until a build has ended, nothing is known to be built.

    Raises:
        LakehouseError: when the folder of the warehouse cannot be written.
    """
    with os_errors("starting a build"):
        (settings.warehouse / NAME).unlink(missing_ok=True)


def _is_noted(settings: Settings, name: str, state: Callable[[], dict[str, str]]) -> bool:
    noted = read_note(settings.warehouse / name, dict[str, str])
    with suppress(OSError):
        return noted == state()
    return False


def _note(settings: Settings, name: str, state: Callable[[], dict[str, str]], doing: str) -> None:
    with os_errors(doing):
        write_note(settings.warehouse / name, state(), doing)


def _state(settings: Settings, built: str) -> dict[str, str]:
    return {
        "fingerprint": built,
        **{str(path): _stamp(path) for path in (settings.duckdb, settings.published)},
    }


def _page(settings: Settings) -> dict[str, str]:
    return {
        **{str(p): _stamp(p) for p in (settings.page, settings.published, settings.dashboard)},
        "documentation": str((settings.site / "widgets.html").exists()),  # the page links to it
        "lvdash": version("lvdash"),
    }


def _stamp(path: Path) -> str:
    found = path.stat()
    return f"{found.st_size} {found.st_mtime_ns}"


def _project_files(project_dir: Path) -> Iterable[Path]:
    for part in PROJECT_PARTS:
        path = project_dir / part
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix in (".sql", ".yml", ".csv"))
        elif path.is_file():
            yield path
