"""`lakehouse status`: the state of files, runs and publication; nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from orchestration import files
from orchestration.console import Terminal, plural
from orchestration.errors import LakehouseError
from orchestration.notes import read_note
from orchestration.published import (
    Summary,
    published_at,
    read_summary,
    recent_runs,
    row_counts,
    summary_lines,
)
from orchestration.settings import Settings


@dataclass
class LastRun:
    """How the last `lakehouse run` ended; `quality.runs` is the log of builds."""

    started: datetime
    """Local time with offset."""
    target: str
    landing: str = ""
    version: str = ""
    """The commit that ran, with `+` when files were changed since; empty outside git."""
    seconds: float = 0.0
    result: str = "running"
    """ok, failed, stopped (before anything was built) or interrupted."""
    exit_code: int = 0
    files: int = 0
    rows: int = 0
    """Rows in the files of the landing folder."""
    models: int = 0
    tests: int = 0
    failed: list[str] = field(default_factory=list)
    anomalies: list[str] = field(default_factory=list)
    """A sentence for each monitor that warned in the build."""
    message: str = ""
    """The error in full, when there was one."""
    published: str = ""
    """What the error left published, in a sentence."""


Newest = tuple[float, str] | None
"""Modification time and path of a source's newest file, where there is one."""


@dataclass
class Status:
    """Everything `lakehouse status` shows."""

    last_run: LastRun | None
    published: datetime | None
    summary: Summary | None
    rows: dict[str, int] = field(default_factory=dict)
    runs: list[dict[str, Any]] = field(default_factory=list)
    """The newest up to the publication, newest first."""
    newest: dict[str, Newest] = field(default_factory=dict)
    """By source."""


def read_status(settings: Settings) -> Status:
    """Gather the state; parts that are not there yet are None or empty.

    Raises:
        LakehouseError: when the published database is there and cannot be read.
    """
    published = published_at(settings.published)
    status = Status(read_note(settings.last_run, LastRun), published, summary=None)
    if published:
        status.summary = read_summary(settings.published)
        status.rows = row_counts(settings.published)
        status.runs = recent_runs(settings.published)
    status.newest = _newest_files(settings)
    return status


def _newest_files(settings: Settings) -> dict[str, Newest]:
    """The newest file of each source in the landing folder."""
    try:
        contracts = files.read_contracts(settings.project_dir)
        paths = files.list_files(settings.landing)
    except LakehouseError:
        return {}
    newest = {}
    for contract in contracts:
        names = filter(contract.takes, paths)
        files_of_it = [((settings.landing / name).stat().st_mtime, name) for name in names]
        newest[contract.name] = max(files_of_it, default=None)
    return newest


def _ago(moment: datetime) -> str:
    """How long ago, in the largest unit that fits."""
    seconds = (datetime.now() - moment).total_seconds()
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            return f"{plural(int(seconds // length), unit)} ago"
    return "just now"


def show_status(status: Status, console: Terminal | None = None) -> None:
    """Print the state."""
    out = console or Terminal()
    _title(out, "Last run")
    out.print(_run_text(status.last_run))
    _title(out, "Published")
    if status.summary is None or status.published is None:
        out.print("  nothing yet: run `lakehouse run`")
    else:
        out.print(f"  {status.published:%Y-%m-%d %H:%M:%S} ({_ago(status.published)})")
        for label, text in summary_lines(status.summary):
            out.print(f"  {label:<10} {text}")
        width = max(map(len, (f"{count:,}" for count in status.rows.values())), default=0)
        out.print(_table(*((name, f"{n:>{width},}") for name, n in status.rows.items())))
    if status.runs:
        _title(out, "Builds up to the publication", " (quality.runs, UTC)")
        out.print(_table(*map(_run_row, status.runs)))
    _title(out, "Files")
    rows = [_file_row(source, file, status.published) for source, file in status.newest.items()]
    out.print(_table(*rows) if rows else "  there is no landing folder")
    _title(out, "Open quality issues")
    issues = status.summary.issues if status.summary else ["not known: nothing is published"]
    for issue in issues or ["none"]:
        out.print(f"  {issue}")
    if status.summary and status.summary.anomalies:
        _title(out, "Anomalies", " (gold.data_quality_monitors)")
        for anomaly in status.summary.anomalies:
            out.print(f"  {anomaly}")


def _title(out: Terminal, title: str, note: str = "") -> None:
    out.print(Text.assemble("" if title == "Last run" else "\n", (title, "bold"), note))


def _run_text(run: LastRun | None) -> str:
    """The last run in a few lines."""
    if run is None:
        return "  none"
    lines = [
        f"  {run.result} on {run.target}, started {run.started:%Y-%m-%d %H:%M:%S}, "
        f"{run.seconds:.1f} s, exit code {run.exit_code}"
        + (f", version {run.version}" if run.version else "")
    ]
    if run.models or run.tests:
        lines.append(
            f"  {run.files} files, {run.rows:,} rows, {run.models} models, {run.tests} tests"
        )
    if run.failed:
        lines.append(f"  failed: {', '.join(run.failed)}")
    elif run.message:
        lines += [f"  {line}" for line in run.message.splitlines()[:3]]
    if run.published:
        lines.append(f"  {run.published}")
    return "\n".join(lines)


def _table(*rows: Sequence[str]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2))
    for row in rows:
        table.add_row(*row)
    return table


def _run_row(run: Mapping[str, Any]) -> Sequence[str]:
    return (
        f"{run['started']:%Y-%m-%d %H:%M:%S}",
        run["result"],
        "" if run["seconds"] is None else f"{run['seconds']:.1f} s",
        "" if run["files"] is None else plural(run["files"], "file"),
        "" if run["lines"] is None else f"{run['lines']:,} lines in gold",
        run["failed"],
    )


def _file_row(source: str, newest: Newest, published: datetime | None) -> Sequence[str]:
    if newest is None:
        return source, "no file"
    modified, path = datetime.fromtimestamp(newest[0]), newest[1]
    newer = "newer than what is published" if published and modified > published else ""
    file = path.rpartition("/")[2]
    return source, file, f"{modified:%Y-%m-%d %H:%M}", _ago(modified), newer
