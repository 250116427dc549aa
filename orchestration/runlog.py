"""The log of runs: one JSON object a line in the warehouse folder, newest last."""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from orchestration.errors import from_os_error


@dataclass
class RunRecord:
    """One run of `lakehouse run`."""

    started: str
    """Local time, ISO 8601 with offset."""
    target: str
    landing: str
    version: str = ""
    """The commit that ran, with `+` when files were changed since; empty outside git."""
    ended: str = ""
    seconds: float = 0.0
    result: str = "running"
    """ok, failed, stopped (before anything was written) or interrupted."""
    exit_code: int = 0
    files: int = 0
    rows: int = 0
    """Rows in the files of the landing folder."""
    models: int = 0
    tests: int = 0
    failed: list[str] = field(default_factory=list)
    unusual: list[str] = field(default_factory=list)
    """A sentence for each monitor that warned in the build."""
    message: str = ""
    """The error in full, when there was one."""


def now() -> str:
    """The local time as the log writes it."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def append(path: Path, record: RunRecord) -> None:
    """Add a run to the log.

    Raises:
        LakehouseError: when the log cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as log:
            log.write(json.dumps(asdict(record)) + "\n")
    except OSError as error:
        raise from_os_error(error, "writing the log of runs") from error


def last(path: Path) -> RunRecord | None:
    """The newest run in the log, lines cut short by a crash left out; None when there is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    for line in reversed(lines):
        try:
            return RunRecord(**json.loads(line))
        except (ValueError, TypeError):
            continue
    return None


def git_version(project_dir: Path) -> str:
    """The commit of the project, as short as git makes it; empty when git does not tell."""
    command = ["git", "describe", "--always", "--dirty=+", "--abbrev=10", "--exclude=*"]
    try:
        answer = subprocess.run(
            command, cwd=project_dir, capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""
