"""`lakehouse status`: how things stand, without changing anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from orchestration import preflight, runlog
from orchestration.errors import LakehouseError
from orchestration.settings import Settings
from orchestration.summary import (
    PastRun,
    Summary,
    published_at,
    read_summary,
    recent_runs,
    row_counts,
)


@dataclass(frozen=True)
class SourceFreshness:
    """The newest file of a source."""

    source: str
    file: str
    modified: datetime | None


@dataclass
class Status:
    """Everything `lakehouse status` shows."""

    last_run: runlog.RunRecord | None
    published: datetime | None
    summary: Summary | None
    rows: dict[str, int] = field(default_factory=dict)
    runs: list[PastRun] = field(default_factory=list)
    """The newest up to the publication, newest first."""
    sources: list[SourceFreshness] = field(default_factory=list)
    newer_files: list[str] = field(default_factory=list)
    """Sources with a file that is newer than what is published."""


def read_status(settings: Settings) -> Status:
    """Gather the state; parts that are not there yet are None or empty.

    Raises:
        LakehouseError: when the published database is there and cannot be read.
    """
    published = published_at(settings.published)
    status = Status(last_run=runlog.last(settings.run_log), published=published, summary=None)
    if published:
        status.summary = read_summary(settings.published)
        status.rows = row_counts(settings.published)
        status.runs = recent_runs(settings.published)
    status.sources = _freshness(settings)
    status.newer_files = [
        source.source
        for source in status.sources
        if published and source.modified and source.modified > published
    ]
    return status


def _freshness(settings: Settings) -> list[SourceFreshness]:
    """The newest file of each source in the landing folder."""
    try:
        contracts = preflight.read_contracts(settings.project_dir)
        paths = preflight.list_files(settings.landing)
    except LakehouseError:
        return []
    found = []
    for contract in contracts:
        files = [settings.landing / name for name in paths if contract.takes(name)]
        newest = max(files, key=_modified, default=None)
        found.append(
            SourceFreshness(
                contract.name,
                newest.name if newest else "",
                datetime.fromtimestamp(_modified(newest)) if newest else None,
            )
        )
    return found


def _modified(path: Path) -> float:
    return path.stat().st_mtime


def ago(moment: datetime, until: datetime | None = None) -> str:
    """How long ago, in the largest unit that fits."""
    seconds = max(0.0, ((until or datetime.now()) - moment).total_seconds())
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        count = int(seconds // length)
        if count:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"
