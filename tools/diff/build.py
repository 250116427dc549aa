"""Builds one revision on the landing files, in a database of its own, and keeps the result.

The tests run after the build: a failing test would otherwise stop the build, and nothing would show
what the change does to the numbers.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import duckdb
from pydantic import BaseModel

from orchestration import dbt
from orchestration.console import RunConsole
from orchestration.errors import os_errors
from orchestration.files import Listing
from orchestration.packages import FROM_HUB, OFFLINE, packages_dir
from orchestration.settings import Settings
from orchestration.unchanged import ENGINES
from tools.diff.revisions import Repository, Revision

KEPT = 6
"""Results that are kept: the base and the last few states of a change."""
RESULT = "result.json"


class Failure(BaseModel):
    """A test that a revision does not pass, or a model that cannot be built."""

    name: str
    message: str
    file: str = ""


class Side(BaseModel):
    """One revision, built."""

    folder: Path
    rows: dict[str, int] = {}
    """Rows of each table, by `schema.table`, candidates of gold and quality included."""
    passed: int = 0
    """Tests that pass."""
    failed: list[Failure] = []
    """Tests that fail."""
    broken: list[Failure] = []
    """Models that could not be built."""

    @property
    def project(self) -> Path:
        """The files of the revision."""
        return self.folder / "project"

    @property
    def published(self) -> Path:
        """What the revision would publish; not there when it cannot be built."""
        return self.folder / "published.duckdb"

    @property
    def artifacts(self) -> Path:
        """The folder of dbt's manifest."""
        return self.folder / "artifacts"

    def settings(self, landing: Path) -> Settings:
        """The places of the revision."""
        return Settings(
            project_dir=self.project,
            landing=landing,
            duckdb=self.folder / "warehouse" / "lakehouse.duckdb",
            published=self.published,
            site=self.folder / "site",
            dbt_target=self.artifacts,
        )


def build(
    settings: Settings,
    repository: Repository,
    revision: Revision,
    files: Listing,
    console: RunConsole,
) -> Side:
    """The built revision, from the cache when the same was built before.

    Raises:
        LakehouseError: when dbt cannot be started or the folder cannot be written.
    """
    cache = settings.project_dir / ".cache" / "diff"
    folder = cache / _key(settings, revision, files)
    if side := _read(folder):
        console.step(f"{revision.label}: built before")
        os.utime(folder)
        return side
    with os_errors(f"building {revision.label}"):
        cache.mkdir(parents=True, exist_ok=True)
        _remove_oldest(cache)
        with tempfile.TemporaryDirectory(prefix=".building-", dir=cache) as work:
            side = Side(folder=Path(work))
            repository.extract(revision, side.project)
            _link_packages(settings, side.project)
            console.step(f"Building {revision.label}")
            _build(side, side.settings(settings.landing), console)
            content = side.model_dump_json(exclude={"folder"}, indent=1)
            (side.folder / RESULT).write_text(content, encoding="utf-8")
            shutil.rmtree(folder, ignore_errors=True)
            side.folder.rename(folder)
    return side.model_copy(update={"folder": folder})


def _link_packages(settings: Settings, project: Path) -> None:
    """Let a revision use dbt packages from the hub, which git ignores."""
    packages = packages_dir(settings.project_dir)
    if packages != settings.project_dir / OFFLINE or not (project / OFFLINE).is_dir():
        (project / FROM_HUB).symlink_to(packages)


def _build(side: Side, places: Settings, console: RunConsole) -> None:
    places.warehouse.mkdir()
    dbt.ensure_profiles(places.project_dir)
    built = dbt.run(
        *(places, ("build", "--exclude-resource-types", "test", "unit_test")),
        variables={"publish_untested": "true"},  # of revisions that publish in a build
        listener=console,
    )
    side.broken = _failures(built)
    if not side.broken:
        console.note("Running its data tests")
        tested = dbt.run(places, ("test", "--exclude-resource-types", "unit_test"))
        side.failed = _failures(tested)
        side.passed = sum(node.status in dbt.GOOD for node in tested.nodes)
        side.rows = _count_rows([places.duckdb, places.candidate])
        if not side.published.is_file():
            shutil.copyfile(places.candidate, side.published)
    shutil.rmtree(places.warehouse, ignore_errors=True)
    places.candidate.unlink(missing_ok=True)


def _failures(result: dbt.BuildResult) -> list[Failure]:
    return [Failure(name=f.name, message=f.message, file=f.file) for f in result.failures]


def _count_rows(databases: Sequence[Path]) -> dict[str, int]:
    rows: dict[str, int] = {}
    for database in databases:
        with duckdb.connect(str(database), read_only=True) as connection:
            tables = connection.execute(
                "select schema_name, table_name from duckdb_tables() where not internal"
            ).fetchall()
            for schema, table in tables:
                counted = connection.execute(f'select count(*) from "{schema}"."{table}"')
                rows[f"{schema}.{table}"] = counted.fetchall()[0][0]
    return rows


def _key(settings: Settings, revision: Revision, files: Listing) -> str:
    """What a result depends on: the project, the files, the engines, and the day rules look at."""
    parts = [
        revision.tree,
        str(settings.landing),
        *(f"{file.path} {file.sha256} {file.modified}" for file in files.files),
        *(f"{package} {version(package)}" for package in ENGINES),
        dt.datetime.now(dt.UTC).date().isoformat(),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _read(folder: Path) -> Side | None:
    """A kept result; None where there is none that can be read."""
    try:
        content = json.loads((folder / RESULT).read_text(encoding="utf-8"))
        return Side.model_validate({**content, "folder": folder})
    except (OSError, ValueError, TypeError):
        return None


def _remove_oldest(cache: Path) -> None:
    kept = [entry for entry in cache.iterdir() if (entry / RESULT).is_file()]
    for entry in sorted(kept, key=lambda entry: entry.stat().st_mtime, reverse=True)[KEPT - 1 :]:
        shutil.rmtree(entry, ignore_errors=True)
