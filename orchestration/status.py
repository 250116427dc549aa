"""`lakehouse status`: how things stand, without changing anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from orchestration import files, runlog
from orchestration.console import plural
from orchestration.errors import LakehouseError
from orchestration.published import (
    PastRun,
    Summary,
    counted_rows,
    published_at,
    read_summary,
    recent_runs,
    row_counts,
    summary_lines,
)
from orchestration.settings import Settings


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
        contracts = files.read_contracts(settings.project_dir)
        paths = files.list_files(settings.landing)
    except LakehouseError:
        return []
    found = []
    for contract in contracts:
        named = [settings.landing / name for name in paths if contract.takes(name)]
        newest = max(named, key=_modified, default=None)
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


def show_status(status: Status, console: Console | None = None) -> None:
    """Print the state."""
    out = console or Console(highlight=False, soft_wrap=True)
    out.print("[bold]Last run[/]")
    out.print(_run_text(status.last_run))
    out.print("\n[bold]Published[/]")
    if status.summary is None or status.published is None:
        out.print("  nothing yet: run `lakehouse run`")
    else:
        out.print(f"  {status.published:%Y-%m-%d %H:%M:%S} ({ago(status.published)})")
        for label, text in summary_lines(status.summary):
            out.print(f"  {label:<10} {text}")
        out.print(_rows_table(status.rows))
    if status.runs:
        out.print("\n[bold]Runs up to the publication[/] (quality.runs, UTC)")
        out.print(_runs_table(status.runs))
    out.print("\n[bold]Files[/]")
    out.print(_files_table(status) if status.sources else "  there is no landing folder")
    out.print("\n[bold]Open quality issues[/]")
    issues = status.summary.issues if status.summary else []
    for issue in issues:
        out.print(
            f"  {issue.status}: {issue.rule_id} ({issue.source}), {counted_rows(issue.rows)}. "
            f"{issue.title}",
            markup=False,
        )
    if not issues:
        out.print("  none" if status.summary else "  not known: nothing is published")
    unusual = status.summary.unusual if status.summary else []
    if unusual:
        out.print("\n[bold]Unusual[/] (gold.data_quality_monitors)")
    for each in unusual:
        out.print(f"  {each.sentence}", markup=False)


def _run_text(record: runlog.RunRecord | None) -> str:
    """The last run in a few lines."""
    if record is None:
        return "  none"
    began = datetime.fromisoformat(record.started)
    lines = [
        f"  {record.result} on {record.target}, started {began:%Y-%m-%d %H:%M:%S}, "
        f"{record.seconds:.1f} s, exit code {record.exit_code}"
        + (f", version {record.version}" if record.version else "")
    ]
    if record.models or record.tests:
        lines.append(
            f"  {record.files} files, {record.rows:,} rows, {record.models} models, "
            f"{record.tests} tests"
        )
    if record.failed:
        lines.append(f"  failed: {', '.join(record.failed)}")
    elif record.message:
        lines += [f"  {line}" for line in record.message.splitlines()[:3]]
    return "\n".join(lines)


def _runs_table(runs: list[PastRun]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2))
    for run in runs:
        table.add_row(
            f"{run.started:%Y-%m-%d %H:%M:%S}",
            run.result,
            "" if run.seconds is None else f"{run.seconds:.1f} s",
            "" if run.files is None else plural(run.files, "file"),
            "" if run.lines is None else f"{run.lines:,} lines in gold",
            run.failed,
        )
    return table


def _rows_table(rows: dict[str, int]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2))
    table.add_column()
    table.add_column(justify="right")
    for name, count in rows.items():
        table.add_row(name, f"{count:,}")
    return table


def _files_table(status: Status) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2))
    for source in status.sources:
        if source.modified is None:
            table.add_row(source.source, "no file", "")
            continue
        note = "newer than what is published" if source.source in status.newer_files else ""
        table.add_row(
            source.source,
            source.file,
            f"{source.modified:%Y-%m-%d %H:%M}",
            ago(source.modified),
            note,
        )
    return table
