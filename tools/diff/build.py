"""Builds one revision on the landing files, in a database of its own, and keeps the result.

Tests are left out of the build and run afterwards: a wrong change would otherwise stop at the first
test, and nobody would see what it does to the numbers.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

import duckdb

from orchestration import dbt
from orchestration.console import RunConsole
from orchestration.errors import LakehouseError, from_os_error
from orchestration.files import Listing
from orchestration.packages import ENVIRONMENT_VARIABLE, OFFLINE, packages_dir
from orchestration.settings import Settings
from orchestration.unchanged import ENGINES
from tools.diff.revisions import Repository, Revision

KEPT = 6
"""Results that are kept: the base and the last few states of a change."""
RESULT = "result.json"


@dataclass(frozen=True)
class FailedTest:
    """A test that a revision does not pass, in words."""

    name: str
    message: str
    file: str


@dataclass
class Side:
    """One revision, built."""

    folder: Path
    rows: dict[str, int] = field(default_factory=dict)
    """Rows of each table, by `schema.table`, candidates of gold and quality included."""
    failed: list[FailedTest] = field(default_factory=list)
    passed: int = 0
    """Tests that pass."""
    broken: list[FailedTest] = field(default_factory=list)
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
    if (folder / RESULT).is_file():
        console.step(f"{revision.label}: built before")
        os.utime(folder)
        return _read(folder)
    try:
        cache.mkdir(parents=True, exist_ok=True)
        _forget_oldest(cache)
        with tempfile.TemporaryDirectory(prefix=".building-", dir=cache) as building:
            work = Path(building)
            repository.extract(revision, work / "project")
            console.step(f"Building {revision.label}")
            side = _build_in(work, settings, console)
            _write(side)
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(work, folder)
    except OSError as error:
        raise from_os_error(error, f"building {revision.label}") from error
    return _read(folder)


def environment_of(settings: Settings, folder: Path) -> dict[str, str]:
    """What dbt must be told besides the places: artifacts, log, and where the packages are."""
    packages = packages_dir(settings.project_dir)
    own = packages == settings.project_dir / OFFLINE
    return {
        "DBT_TARGET_PATH": str(folder / "artifacts"),
        "DBT_LOG_PATH": str(folder / "logs"),
        # A revision brings its own packages unless they came from the hub.
        ENVIRONMENT_VARIABLE: str(folder / "project" / OFFLINE if own else packages),
    }


def settings_of(settings: Settings, folder: Path) -> Settings:
    """The places of a revision that is built in a folder."""
    return Settings(
        project_dir=folder / "project",
        landing=settings.landing,
        duckdb=folder / "warehouse" / "lakehouse.duckdb",
        published=folder / "published.duckdb",
        site=folder / "site",
        dbt_target=folder / "artifacts",
    )


def _build_in(work: Path, settings: Settings, console: RunConsole) -> Side:
    own = settings_of(settings, work)
    environment = environment_of(settings, work)
    own.warehouse.mkdir()
    dbt.ensure_profiles(own.project_dir)
    side = Side(work)
    built = dbt.build(
        own, leave_out=["test", "unit_test"], listener=console, extra_environment=environment
    )
    side.broken = [_failed(failure) for failure in built.failures]
    if side.broken:
        return side
    console.note("Running its data tests")
    tested = dbt.build(own, command="test", leave_out=["unit_test"], extra_environment=environment)
    side.failed = [_failed(failure) for failure in tested.failures]
    side.passed = sum(node.status in dbt.GOOD for node in tested.nodes)
    side.rows = _count_rows([own.duckdb, own.candidate])
    if not own.published.is_file():  # a revision that publishes in another way
        shutil.copyfile(own.candidate, own.published)
    for left_over in (own.warehouse, work / "logs"):
        shutil.rmtree(left_over, ignore_errors=True)
    own.candidate.unlink(missing_ok=True)
    return side


def _failed(failure: dbt.Failure) -> FailedTest:
    return FailedTest(failure.name, failure.message, failure.file)


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
        *(f"{file.path} {file.size} {file.modified}" for file in files.files),
        *(f"{package} {version(package)}" for package in ENGINES),
        dt.datetime.now(dt.UTC).date().isoformat(),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _write(side: Side) -> None:
    content = {
        "rows": side.rows,
        "passed": side.passed,
        "failed": [asdict(each) for each in side.failed],
        "broken": [asdict(each) for each in side.broken],
    }
    (side.folder / RESULT).write_text(json.dumps(content, indent=1), encoding="utf-8")


def _read(folder: Path) -> Side:
    try:
        content = json.loads((folder / RESULT).read_text(encoding="utf-8"))
        return Side(
            folder,
            content["rows"],
            [FailedTest(**each) for each in content["failed"]],
            content["passed"],
            [FailedTest(**each) for each in content["broken"]],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LakehouseError(
            f"The kept result in {folder} cannot be read: {error}", f"Remove {folder}."
        ) from error


def _forget_oldest(cache: Path) -> None:
    kept = [entry for entry in cache.iterdir() if (entry / RESULT).is_file()]
    for entry in sorted(kept, key=lambda entry: entry.stat().st_mtime, reverse=True)[KEPT - 1 :]:
        shutil.rmtree(entry, ignore_errors=True)
