"""Runs `dbt build` as a child process and follows its JSON log.

A child process, because dbt keeps the DuckDB file locked in the process it runs in. What dbt says
is turned into a few events for the console, and into a `BuildResult` that knows, for each failure,
the message, the file to open and what to do.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from orchestration.errors import ExitCode, LakehouseError, disk_full, from_os_error
from orchestration.lock import busy_database
from orchestration.packages import DBT, ENVIRONMENT_VARIABLE, packages_dir
from orchestration.runlog import git_version
from orchestration.settings import Settings
from orchestration.watching import Unusual

LAYERS = ("bronze", "silver", "gold", "quality", "publish")
"""In the order of the data's way; seeds and tests count towards the layer they belong to."""

GOOD = {"success", "pass", "warn", "no-op"}
FAILED = {"error", "fail", "runtime error", "partial success"}

MAX_SHOWN = 3
"""Failures told in full; the others are counted."""

_ROWS = re.compile(r"^rows: (?P<rows>\d+)$")
_UNUSUAL = "unusual: "
_FIRST_LINE = re.compile(r"^.* (?:Error )?in [a-z_ ]+ \S+ \(.*\)$")


@dataclass(frozen=True)
class NodeResult:
    """What became of one model, seed, snapshot or test."""

    unique_id: str
    name: str
    kind: str
    """model, seed, snapshot, test, unit_test, operation, ..."""
    layer: str
    status: str
    """success, pass, warn, fail, error or skipped."""
    seconds: float
    rows: int | None = None
    failures: int | None = None
    """Rows that break a test."""

    @property
    def is_test(self) -> bool:
        """Whether this is a data test or a unit test."""
        return self.kind in ("test", "unit_test")


@dataclass(frozen=True)
class Failure:
    """A failure as a person wants to read it."""

    name: str
    kind: str
    message: str
    file: str = ""
    """The file to open, relative to the project."""
    compiled: str = ""
    """The SQL that was sent, relative to the project; empty when there is none."""


@dataclass
class BuildResult:
    """One `dbt build`."""

    nodes: list[NodeResult] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    unusual: list[Unusual] = field(default_factory=list)
    """The monitors that warned."""
    invocation_id: str = ""
    seconds: float = 0.0
    exit_code: int = 0
    """What dbt returned: 0, 1 for failed nodes, 2 for an error of its own."""

    @property
    def ok(self) -> bool:
        """Whether everything was built and passed."""
        return self.exit_code == 0 and not self.failures

    @property
    def skipped(self) -> int:
        """Nodes that were not built because something before them failed."""
        return sum(node.status == "skipped" for node in self.nodes)


class Listener(Protocol):
    """Who wants to know what goes on; the console is one."""

    def build_started(self, total: int) -> None:
        """Dbt has read the project and knows how many nodes it will run."""

    def node_started(self, name: str, layer: str) -> None:
        """A node has started."""

    def node_finished(self, node: NodeResult, total: int) -> None:
        """A node has ended, in whatever way."""


def dbt_environment(settings: Settings, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of every dbt command: absolute places, the packages, no statistics."""
    return {
        **os.environ,
        **settings.environment(),
        ENVIRONMENT_VARIABLE: str(packages_dir(settings.project_dir)),
        "DBT_PROFILES_DIR": str(settings.project_dir),
        "DBT_TARGET_PATH": str(target_dir(settings)),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "PYTHONUNBUFFERED": "1",
        **(extra or {}),
    }


def target_dir(settings: Settings) -> Path:
    """The folder of dbt's artifacts: the settings', `DBT_TARGET_PATH`, or `target`."""
    named = settings.dbt_target or os.environ.get("DBT_TARGET_PATH", "target")
    return settings.project_dir / named


def ensure_profiles(project_dir: Path) -> bool:
    """Copy profiles.yml.example to profiles.yml if there is none, or an old copy nobody edited.

    The copy's first line holds a checksum of the rest, so that a change of the example reaches
    those who never touched their copy, and nobody's own settings are overwritten.

    Returns:
        Whether profiles.yml was written.

    Raises:
        LakehouseError: when it cannot be written.
    """
    profiles, example = project_dir / "profiles.yml", project_dir / "profiles.yml.example"
    try:
        if not example.exists():
            return False
        fresh = example.read_text(encoding="utf-8")
        if profiles.exists():
            first, _, rest = profiles.read_text(encoding="utf-8").partition("\n")
            if first != _copy_note(rest) or rest == fresh:
                return False
        profiles.write_text(f"{_copy_note(fresh)}\n{fresh}", encoding="utf-8")
    except OSError as error:
        raise from_os_error(error, "copying profiles.yml.example to profiles.yml") from error
    return True


def _copy_note(content: str) -> str:
    """The first line of a copy, by which an edited copy is told from an unedited one."""
    digest = hashlib.sha256(content.encode()).hexdigest()[:16]
    return f"# Copy {digest} of profiles.yml.example: renewed with it until somebody edits it."


def dbt_command(arguments: Sequence[str]) -> list[str]:
    """The command line that runs dbt in this environment, with its log as JSON on stdout."""
    options = ["--no-use-colors", "--no-version-check", "--log-format", "json"]
    return [*DBT, *options, "--log-level", "info", *arguments]


def build(
    settings: Settings,
    *,
    command: str = "build",
    target: str = "local",
    full_refresh: bool = False,
    variables: Mapping[str, str] | None = None,
    select: Sequence[str] = (),
    leave_out: Sequence[str] = (),
    listener: Listener | None = None,
    extra_environment: Mapping[str, str] | None = None,
) -> BuildResult:
    """Run `dbt build`, or another of its commands, and follow it to its end.

    Args:
        settings: where the project and the databases are.
        command: what dbt is to do; `test` runs the tests alone.
        target: the target of the profile.
        full_refresh: build incremental models from nothing.
        variables: variables of dbt_project.yml for this build.
        select: dbt selectors; empty builds everything.
        leave_out: resource types that are not built or run, such as unit_test.
        listener: told what goes on.
        extra_environment: added to the child's environment.

    Returns:
        The result, also when nodes failed: look at `ok` and `failures`.

    Raises:
        LakehouseError: when dbt cannot be started.
        KeyboardInterrupt: when interrupted, after dbt has ended.
    """
    arguments = [command, "--target", target]
    if leave_out:
        arguments += ["--exclude-resource-types", *leave_out]
    if full_refresh:
        arguments.append("--full-refresh")
    if variables:
        arguments += ["--vars", json.dumps(dict(variables))]
    if select:
        arguments += ["--select", *select]
    # quality.runs wants to know; nothing but a build asks git.
    version = {"LAKEHOUSE_VERSION": git_version(settings.project_dir)}
    environment = dbt_environment(settings, {**version, **(extra_environment or {})})
    started = time.monotonic()
    log = _Log(listener)
    try:
        child = subprocess.Popen(
            dbt_command(arguments),
            cwd=settings.project_dir,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise from_os_error(error, "starting dbt") from error
    assert child.stdout is not None  # by PIPE
    with _ends_with_us(child):
        for line in child.stdout:
            log.take(line)
        code = child.wait()
    result = log.result
    result.exit_code = code
    result.seconds = time.monotonic() - started
    if code != 0:
        result.failures = _failures(settings, log)
    return result


@contextmanager
def _ends_with_us(child: subprocess.Popen[str]) -> Iterator[None]:
    """Take the child along when we are told to stop.

    A Ctrl-C in a terminal reaches dbt as well, a signal sent to us alone does not: dbt gets a
    moment to end by itself, then the same interrupt, then harder means. A termination signal is
    treated like Ctrl-C.
    """

    def interrupt(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    previous = _set_handler(signal.SIGTERM, interrupt)
    try:
        yield
    except BaseException:
        steps: tuple[Callable[[], None], ...] = (
            lambda: None,
            lambda: child.send_signal(signal.SIGINT),
            child.terminate,
            child.kill,
        )
        for step, patience in zip(steps, (2.0, 10.0, 5.0, 5.0), strict=True):
            step()
            try:
                child.wait(patience)
                break
            except subprocess.TimeoutExpired:
                continue
        raise
    finally:
        if previous is not None:
            signal.signal(signal.SIGTERM, previous)
        if child.stdout is not None:
            child.stdout.close()


def _set_handler(number: signal.Signals, handler: Callable[[int, object], None]) -> Any:
    """Install a signal handler; None where that is not possible (not in the main thread)."""
    try:
        return signal.signal(number, handler)
    except ValueError:
        return None


class _Log:
    """Reads dbt's JSON log line by line."""

    def __init__(self, listener: Listener | None) -> None:
        self.result = BuildResult()
        self.errors: list[str] = []
        """Errors of dbt as a whole: parsing, compiling, connecting."""
        self.stray: deque[str] = deque(maxlen=30)
        """The last lines that were no JSON, for a crash that dbt does not log."""
        self._listener = listener
        self._rows: dict[str, int] = {}
        self._layers: dict[str, str] = {}
        self._total = 0

    def take(self, line: str) -> None:
        """Take in one line of output."""
        try:
            event = json.loads(line)
            info, data = event["info"], event.get("data") or {}
        except (ValueError, KeyError, TypeError):
            if line.strip():
                self.stray.append(line.rstrip())
            return
        self.result.invocation_id = info.get("invocation_id", self.result.invocation_id)
        node = data.get("node_info") or {}
        match info.get("name"):
            case "LogStartLine":
                self._announce(int(data.get("total") or 0))
                if self._listener:
                    self._listener.node_started(node.get("node_name", ""), self._layer(node, data))
            case "JinjaLogInfo":
                self._take_message(data.get("msg") or "", node)
            case "MainEncounteredError" | "MainStackTrace":
                self.errors.append(info.get("msg", ""))
            case name if name and node.get("unique_id") and self._is_end(name, data):
                self._finish(node, data)

    def _take_message(self, message: str, node: dict[str, Any]) -> None:
        """Take in what a macro of the project says."""
        if message.startswith(_UNUSUAL):
            self.result.unusual.append(Unusual.from_log(message.removeprefix(_UNUSUAL)))
        elif node and (found := _ROWS.match(message)):
            self._rows[node["unique_id"]] = int(found["rows"])

    @staticmethod
    def _is_end(name: str, data: dict[str, Any]) -> bool:
        """Whether an event is the one that reports a node's end."""
        if name in ("SkippingDetails", "LogSkipBecauseError", "LogNodeNoOpResult"):
            return True
        return name.startswith("Log") and name.endswith("Result") and "execution_time" in data

    def _announce(self, total: int) -> None:
        if total and not self._total:
            self._total = total
            if self._listener:
                self._listener.build_started(total)

    def _finish(self, node: dict[str, Any], data: dict[str, Any]) -> None:
        unique_id = node["unique_id"]
        kind = node.get("resource_type") or unique_id.split(".", 1)[0]
        failures = data.get("num_failures")
        result = NodeResult(
            unique_id=unique_id,
            name=node.get("node_name") or unique_id,
            kind=kind,
            layer=self._layer(node, data),
            status=_status(node, data),
            seconds=float(data.get("execution_time") or 0.0),
            rows=self._rows.get(unique_id),
            failures=int(failures) if failures is not None else None,
        )
        self.result.nodes.append(result)
        if self._listener:
            self._listener.node_finished(result, self._total)

    def _layer(self, node: dict[str, Any], data: dict[str, Any]) -> str:
        """The layer of a node: what its meta says, else the end of its schema's name.

        In development on Databricks a prefix stands before the layer in the schema's name. A test
        belongs to the layer of the model it is attached to.
        """
        unique_id = str(node.get("unique_id", ""))
        attached = data.get("attached_node")
        if attached in self._layers:
            return self._layers[attached]
        meta = node.get("meta") or {}
        schema = str((node.get("node_relation") or {}).get("schema") or "")
        layer = str(meta.get("layer") or "") or next(
            (layer for layer in LAYERS if schema == layer or schema.endswith(f"_{layer}")), ""
        )
        if not unique_id.startswith(("test.", "unit_test.")):
            self._layers[unique_id] = layer
        return layer


def _status(node: dict[str, Any], data: dict[str, Any]) -> str:
    """How a node ended; for unit tests dbt leaves it out of the node and says "None"."""
    status = str(node.get("node_status") or "").lower()
    return status if status not in ("", "none") else str(data.get("status") or "").lower()


def _failures(settings: Settings, log: _Log) -> list[Failure]:
    """What failed, from dbt's artifacts of this very run, else from what it logged."""
    artifacts = _Artifacts(settings, log.result.invocation_id)
    crash = _tidy(log.errors[0].removeprefix("Encountered an error:")) if log.errors else ""
    failures = [
        artifacts.failure(node.unique_id, node.name, node.kind, node.failures, crash)
        for node in log.result.nodes
        if node.status in FAILED
    ]
    if failures:
        return failures
    failures = [
        artifacts.failure(unique_id, unique_id.split(".")[-1], unique_id.split(".", 1)[0])
        for unique_id in artifacts.failed()
    ]
    if failures:
        return failures
    if crash:
        return [Failure("dbt", "project", crash, _file_named(crash, settings.project_dir))]
    message = "\n".join(log.stray) or "dbt ended without saying why; see logs/dbt.log."
    return [Failure("dbt", "project", message)]


class _Artifacts:
    """run_results.json and manifest.json, read only when something failed."""

    def __init__(self, settings: Settings, invocation_id: str) -> None:
        self._folder = target_dir(settings)
        self._root = settings.project_dir
        results = self._read("run_results.json")
        fresh = (results.get("metadata") or {}).get("invocation_id") == invocation_id
        self._results = {r["unique_id"]: r for r in results.get("results", [])} if fresh else {}
        manifest = self._read("manifest.json")
        self._nodes = {**manifest.get("nodes", {}), **manifest.get("unit_tests", {})}

    def _read(self, name: str) -> dict[str, Any]:
        try:
            content = json.loads((self._folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def failed(self) -> list[str]:
        """Ids of what failed in this run."""
        return [key for key, r in self._results.items() if r.get("status") in FAILED]

    def failure(
        self, unique_id: str, name: str, kind: str, rows: int | None = None, crash: str = ""
    ) -> Failure:
        """The failure of one node.

        Args:
            unique_id: dbt's id of the node.
            name: what people call it.
            kind: model, test, ...
            rows: rows that break a test, when known from the log.
            crash: why dbt itself ended, told when it had no time to write the node's message.
        """
        node = self._nodes.get(unique_id, {})
        result = self._results.get(unique_id, {})
        message = _tidy(result.get("message") or "")
        rows = result.get("failures") if rows is None else rows
        if kind == "test" and result.get("status", "fail") == "fail":
            message = _test_message(node, rows)
        compiled = self._folder / "compiled" / node.get("package_name", "")
        compiled = compiled / node.get("original_file_path", "")
        if kind == "test" and compiled.suffix in (".yml", ".yaml"):
            compiled = compiled / node.get("path", "")
        return Failure(
            name=name,
            kind=kind,
            message=message or crash or "It failed without a message; see logs/dbt.log.",
            file=node.get("original_file_path", ""),
            compiled=_relative(compiled, self._root) if compiled.is_file() else "",
        )


def _test_message(node: dict[str, Any], rows: int | None) -> str:
    """Words for a data test that found rows."""
    count = "Rows were found" if rows is None else f"{rows:,} row{'' if rows == 1 else 's'} found"
    column = node.get("column_name")
    attached = str(node.get("attached_node") or "").split(".")[-1]
    where = f" in {attached}{f'.{column}' if column else ''}" if attached else ""
    description = " ".join(str(node.get("description") or "").split())
    return f"{count}{where} that should not be there." + (f" {description}" if description else "")


def _tidy(message: str) -> str:
    """A message of dbt without the line that repeats the node, and without indentation."""
    lines = [line.strip() for line in message.replace("\r", "").strip().splitlines()]
    if len(lines) > 1 and _FIRST_LINE.match(lines[0]):
        lines = lines[1:]
    lines = [line for line in lines if not line.startswith("compiled code at")]
    return "\n".join(lines).strip()


def _file_named(message: str, root: Path) -> str:
    """The first file of the project that a message names; empty when it names none."""
    names = re.findall(r"(?<![\w/])(?:[\w.-]+/)*[\w.-]+\.(?:sql|ya?ml|csv|md)\b", message)
    return next((name for name in names if (root / name).is_file()), "")


def _relative(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def to_error(result: BuildResult, published_is_kept: bool = True) -> LakehouseError:
    """The error to end the command with after a failed build.

    It holds the first failures whole and counts the rest; the exit code tells a busy database, a
    full disk and an unusable file from everything else.
    """
    shown = result.failures[:MAX_SHOWN]
    blocks = [_block(failure) for failure in shown]
    more = len(result.failures) - len(shown)
    if more > 0:
        blocks.append(f"and {more} more, see target/run_results.json.")
    if result.skipped:
        blocks.append(f"{result.skipped} that depend on it were skipped.")
    kept = " What was published before is unchanged." if published_is_kept else ""
    for failure in result.failures:
        known = _known_cause(failure.message)
        if known:
            return LakehouseError("\n\n".join(blocks), known.remedy, known.exit_code)
    where = shown[0].file if shown else ""
    remedy = f"Open {where}, correct it" if where else "Correct it"
    return LakehouseError("\n\n".join(blocks), f"{remedy} and run again.{kept}")


def _block(failure: Failure) -> str:
    """One failure in a few lines."""
    kind = {"unit_test": "unit test", "project": ""}.get(failure.kind, failure.kind)
    message = failure.message.splitlines()
    text = "\n".join(f"  {line}" for line in message[:12])
    lines = [f"Failed: {kind} {failure.name}".replace("  ", " "), text]
    if len(message) > 12:
        lines.append("  ...")
    if failure.file:
        lines.append(f"  file: {failure.file}")
    if failure.compiled:
        lines.append(f"  SQL:  {failure.compiled}")
    return "\n".join(lines)


def _known_cause(message: str) -> LakehouseError | None:
    """An error that has a remedy of its own, recognised by what the database says."""
    if "Could not set lock on file" in message or "Conflicting lock is held" in message:
        return busy_database(message)
    if re.search(r"No space left|disk is full|[Oo]ut of disk|disk quota exceeded", message, re.I):
        return disk_full(message)
    if re.search(r"Out of Memory Error|failed to (allocate|pin) (data|block)", message, re.I):
        return LakehouseError(
            message,
            "Close other programs, or give DuckDB a folder with room to spill to.",
            ExitCode.IO,
        )
    if "schemas on this incremental model are out of sync" in message:
        return LakehouseError(
            message,
            "The model has other columns now than when its table was made: run "
            "`lakehouse run --full-refresh` once. What was published before is unchanged.",
        )
    if re.search(
        r"CSV Error on Line|columns in different orders|changed during the run"
        r"|were counted in the file|Nothing was written",
        message,
        re.I | re.M,
    ):
        return LakehouseError(
            message,
            "Correct the file, or take it out of the landing folder, and run again. "
            "Nothing of it was taken in.",
            ExitCode.BAD_INPUT,
        )
    return None
