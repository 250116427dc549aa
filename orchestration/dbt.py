"""Runs dbt in a child process (`orchestration.dbt_child`) and follows what it reports."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from orchestration.errors import os_errors
from orchestration.packages import ENVIRONMENT_VARIABLE, packages_dir
from orchestration.settings import Settings

if TYPE_CHECKING:
    from orchestration.console import RunConsole

BUILD = ("build", "--exclude-resource-types", "unit_test")
"""Unit tests prove the code, not the data: the tests of the project run them."""
PUBLISH = ("run-operation", "publish")
METRICS = ("build", "--selector", "metrics")
"""Made from published tables, so after the publication."""

GOOD = {"success", "pass", "warn", "no-op"}
FAILED = {"error", "fail", "runtime error", "partial success"}

_KEPT = {
    "DBT_LOG_PATH",
    "DBT_TARGET_PATH",
    "DBT_PROFILES_DIR",
    "DBT_PACKAGE_HUB_URL",
    "DBT_SEND_ANONYMOUS_USAGE_STATS",
    ENVIRONMENT_VARIABLE,
}
_KEPT_PREFIXES = ("DBT_ENV_", "DBT_DATABRICKS_")
_CHILD = Path(__file__).with_name("dbt_child.py")
_START = "import runpy, sys; runpy.run_path(sys.argv[1], run_name='__main__')"
"""Starts the child by its path: the project may be a revision with an older `orchestration`."""
_FIRST_LINE = re.compile(r"^.* (?:Error )?in [a-z_ ]+ \S+ \(.*\)$")
"""The line in which dbt repeats what failed."""
_STOP_PATIENCE = 10.0
"""Seconds that an interrupted dbt has to cancel its statements."""


def downstream_of(tables: Sequence[str]) -> list[str]:
    """Options that leave out what no new file reaches: its tables are as the last run left them.

    Marts and quality are built in any case: they also depend on the day and on runs.
    """
    chosen = [*(f"{table}+" for table in tables), "path:models/marts+", "path:models/quality+"]
    return ["--select", *chosen, "--exclude", "config.materialized:metric_view"]


@dataclass
class NodeResult:
    """What became of one model, seed, snapshot, test or hook."""

    name: str
    kind: str = "model"
    """model, seed, snapshot, test, unit_test, operation; `project` is dbt as a whole."""
    status: str = "success"
    """success, pass, warn, fail, error or skipped."""
    message: str = ""
    layer: str = ""
    seconds: float = 0.0
    rows: int | None = None
    failures: int | None = None
    """Rows that break a test."""
    file: str = ""
    """Where it is written, relative to the project."""
    compiled: str = ""
    """The SQL that was sent, relative to the project."""
    examples: list[dict[str, Any]] = field(default_factory=list)
    """Rows that break a test or a constraint."""
    constraint: str = ""
    """What the contract of a table says and rows break."""
    description: str = ""
    tested: str = ""
    """The model that a test looks at, with the column."""

    @property
    def is_test(self) -> bool:
        """Whether this is a data test or a unit test."""
        return self.kind in ("test", "unit_test")


@dataclass(frozen=True)
class Question:
    """A query that the child answers over dbt's connection once the build has ended."""

    name: str
    models: Sequence[str]
    """What it reads; asked only when all of them were built."""
    sql: str
    """With `{model}` for each model's relation."""
    of_success: bool
    """Whether it is asked of a build that worked, or of one that failed."""


@dataclass
class BuildResult:
    """What became of dbt's commands."""

    nodes: list[NodeResult] = field(default_factory=list)
    ok: bool = True
    crash: str = ""
    """Why dbt ended by itself, when it did."""
    answers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Rows by the name of the question."""

    @property
    def failures(self) -> list[NodeResult]:
        """What failed; dbt itself when it ended before anything did."""
        return [node for node in self.nodes if node.status in FAILED]

    @property
    def skipped(self) -> int:
        """Nodes that were not built because something before them failed."""
        return sum(node.status == "skipped" for node in self.nodes)


def ignored_variables() -> list[str]:
    """Variables of the environment that would change what dbt builds or tests."""
    return sorted(
        name
        for name in os.environ
        if name.startswith("DBT_") and name not in _KEPT and not name.startswith(_KEPT_PREFIXES)
    )


def dbt_environment(settings: Settings, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of every dbt command: absolute places, the packages, no statistics.

    Of dbt's own variables only those reach it that do not change what is built or tested.
    """
    ignored = ignored_variables()
    return {
        **{name: value for name, value in os.environ.items() if name not in ignored},
        **settings.environment(),
        ENVIRONMENT_VARIABLE: str(packages_dir(settings.project_dir)),
        "DBT_PROFILES_DIR": str(settings.project_dir),
        "DBT_TARGET_PATH": str(target_dir(settings)),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        **(extra or {}),
    }


def target_dir(settings: Settings) -> Path:
    """The folder of dbt's artifacts: the settings', `DBT_TARGET_PATH`, or `target`."""
    named = settings.dbt_target or os.environ.get("DBT_TARGET_PATH", "target")
    return settings.project_dir / named


def ensure_profiles(project_dir: Path) -> bool:
    """Copy profiles.yml.example to profiles.yml if there is none, or an old copy nobody edited.

    The copy's first line holds a checksum of the rest, so that a change of the example reaches
    those who never touched their copy, and nobody's own settings are overwritten. Returns whether
    profiles.yml was written.

    Raises:
        LakehouseError: when it cannot be written.
    """
    profiles, example = project_dir / "profiles.yml", project_dir / "profiles.yml.example"
    with os_errors("copying profiles.yml.example to profiles.yml"):
        if not example.exists():
            return False
        fresh = example.read_text(encoding="utf-8")
        if profiles.exists():
            first, _, rest = profiles.read_text(encoding="utf-8").partition("\n")
            if first != _copy_note(rest) or rest == fresh:
                return False
        profiles.write_text(f"{_copy_note(fresh)}\n{fresh}", encoding="utf-8")
    return True


def _copy_note(content: str) -> str:
    """The first line of a copy, by which an edited copy is told from an unedited one."""
    digest = hashlib.sha256(content.encode()).hexdigest()[:16]
    return f"# Copy {digest} of profiles.yml.example: renewed with it until somebody edits it."


def project_version(project_dir: Path) -> str:
    """The commit, with `+` when files were changed since; empty outside git."""
    command = ["git", "describe", "--always", "--dirty=+", "--abbrev=10", "--exclude=*"]
    try:
        answer = subprocess.run(
            command, cwd=project_dir, capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def child_command(
    options: Sequence[str],
    commands: Sequence[Sequence[str]],
    questions: Sequence[Question] = (),
) -> list[str]:
    """The command line of a child that runs dbt's commands, each with these options."""
    asked = [vars(question) for question in questions]
    request = json.dumps({"commands": commands, "options": options, "questions": asked})
    return [sys.executable, "-c", _START, str(_CHILD), request]


def run(
    settings: Settings,
    *commands: Sequence[str],
    target: str = "local",
    variables: Mapping[str, str] | None = None,
    questions: Sequence[Question] = (),
    listener: RunConsole | None = None,
    extra_environment: Mapping[str, str] | None = None,
) -> BuildResult:
    """Run dbt's commands one after the other, until one fails, and follow them.

    Commands are such as `("build", "--full-refresh")`, without target and variables. There is a
    result also when nodes failed.

    Raises:
        LakehouseError: when dbt cannot be started.
        KeyboardInterrupt: when interrupted, after dbt has ended.
    """
    options = ["--target", target]
    if variables:
        options += ["--vars", json.dumps(dict(variables))]
    # quality.runs records the version; only a build asks git for it.
    version = {"LAKEHOUSE_VERSION": project_version(settings.project_dir)}
    environment = dbt_environment(settings, {**version, **(extra_environment or {})})
    events = _Events(listener)
    with tempfile.TemporaryFile() as printed:
        with os_errors("starting dbt"):
            child = subprocess.Popen(
                child_command(options, commands, questions),
                cwd=settings.project_dir,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=printed,
                text=True,
                encoding="utf-8",
                start_new_session=True,  # Ctrl-C reaches this process, which then stops dbt
            )
        with child:
            try:
                for line in child.stdout or ():
                    events.take(line)
                code = child.wait()
            except BaseException:
                _stop(child)
                raise
        if not events.ended:
            events.result.ok = False
            events.result.crash = _last_lines(printed) or f"dbt ended with exit code {code}."
    return _explained(events.result, settings.project_dir)


def _explained(result: BuildResult, project_dir: Path) -> BuildResult:
    """The result with a message for each failure; dbt itself fails when nothing else did."""
    if not result.ok and not result.failures:
        result.nodes.append(NodeResult("dbt", "project", "error"))
    for failure in result.failures:
        named = failure.message or result.crash
        failure.file = failure.file or _file_named(named, project_dir)
        failure.message = _message(failure, result.crash)
        failure.compiled = failure.compiled.removeprefix(f"{project_dir}{os.sep}")
    return result


def _file_named(message: str, project_dir: Path) -> str:
    """The first file of the project that a message names; empty when it names none."""
    names = re.findall(r"(?<![\w/])(?:[\w.-]+/)*[\w.-]+\.(?:sql|ya?ml|csv|md)\b", message)
    return next((name for name in names if (project_dir / name).is_file()), "")


def _stop(child: subprocess.Popen[str]) -> None:
    """Interrupt the child and wait until it has ended."""
    child.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
    try:
        child.wait(_STOP_PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _last_lines(printed: IO[bytes]) -> str:
    printed.seek(0)
    return "\n".join(printed.read().decode(errors="replace").splitlines()[-30:]).strip()


class _Events:
    """Turns what the child reports into a result, and tells the listener."""

    def __init__(self, listener: RunConsole | None) -> None:
        self.result = BuildResult()
        self.ended = False
        self._listener = listener
        self._by_id: dict[str, NodeResult] = {}
        self._total = 0

    def take(self, line: str) -> None:
        """Take in one event; a line that a killed child left unfinished counts for nothing."""
        try:
            event = json.loads(line)
        except ValueError:
            return
        match event.pop("event"):
            case "start":
                self._start(event["id"], event["total"])
            case "end":
                node = self._node(event)
                if self._listener:
                    self._listener.node_finished(node, self._total)
            case "done":
                self.ended, self.result.ok = True, event["ok"]
                self.result.crash, self.result.answers = event["error"], event["answers"]
                for failed in event["failed"]:
                    self._node(failed)

    def _start(self, unique_id: str, total: int) -> None:
        if self._listener:
            if not self._total:
                self._listener.build_started(total)
            self._listener.node_started(unique_id.split(".")[2])
        self._total = total

    def _node(self, event: dict[str, Any]) -> NodeResult:
        """The node that an event speaks of, brought up to date."""
        unique_id = event.pop("id")
        node = self._by_id.get(unique_id)
        if node is None:
            node = self._by_id[unique_id] = NodeResult(unique_id, unique_id.partition(".")[0])
            self.result.nodes.append(node)
        vars(node).update(event)
        return node


def _message(failure: NodeResult, crash: str) -> str:
    """Why a node failed, without what dbt repeats."""
    if failure.kind == "test" and failure.status == "fail":
        count = failure.failures
        rows = f"{count:,} row breaks" if count == 1 else f"{count or 0:,} rows break"
        where = f" of {failure.tested}" if failure.tested else ""
        return f"{rows} this test{where}. {failure.description}".strip()
    if failure.constraint:
        return f"Rows break a constraint of {failure.name}: {failure.constraint}"
    lines = [line.strip() for line in (failure.message or crash).strip().splitlines()]
    if len(lines) > 1 and _FIRST_LINE.match(lines[0]):
        lines = lines[1:]
    lines = [line for line in lines if not line.startswith("compiled code at")]
    return "\n".join(lines).strip() or "It failed without a message; see logs/dbt.log."
