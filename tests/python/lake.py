"""A lake of a few lines, built again and again in one process: what a day costs least in a test.

dbt reads the project once; every build after that takes the manifest as it is. The places stay the
same and are emptied between lakes, because a change of an environment variable makes dbt read the
project again.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import resource
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.packages import ENVIRONMENT_VARIABLE, packages_dir
from tests.python.conftest import HEADERS, PROJECT, places

#: Columns that say when and by which run something was built, or compare it with earlier runs, so
#: differ between any two builds.
OF_THE_RUN = {
    *("loaded_at", "validated_at", "run_id", "run_started_at"),
    *("usual", "standing", "needs_a_look", "rules_to_look_at"),
}

#: Tables of what runs did and saw, which the files as they are now do not tell.
OF_RUNS = (
    "gold.data_quality_monitors",
    *(
        f"quality.{table}"
        for table in (
            *("publications", "rule_history", "runs", "run_results"),
            *("share_monitors", "volume_monitors"),
        )
    ),
)

QUIET = ["--quiet", "--no-write-json", "--log-level", "none", "--log-level-file", "none"]

LOADING = ("--select", "models/bronze")
"""Builds what the files hold, and nothing of what is made of it."""

PUBLISH = "publish"
Moment = tuple[str, float]
"""So many seconds after a node has begun; PUBLISH is the publication after the build."""

Table = tuple[tuple[str, ...], list[tuple[Any, ...]]]


class Lake:
    """A landing folder and what dbt builds from it."""

    def __init__(self, root: Path, project: Path = PROJECT) -> None:
        """Make the folder.

        Args:
            root: an empty folder for landing, warehouse and what dbt writes.
            project: another state of the project than the one under test.
        """
        self.root = root
        self.landing = root / "landing"
        self._environment = {
            **places(root),
            "LAKEHOUSE_PROJECT_DIR": str(project),
            ENVIRONMENT_VARIABLE: str(packages_dir(PROJECT)),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }
        (root / "profiles").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(project / "profiles.yml.example", root / "profiles" / "profiles.yml")
        profiles = ("--profiles-dir", str(root / "profiles"))
        self._options = ["--project-dir", str(project), *profiles]
        self._manifest: Any = None
        self.clear()

    def clear(self) -> None:
        """Empty the landing folder and forget what was built."""
        for name in ("landing", "warehouse", "copies"):
            shutil.rmtree(self.root / name, ignore_errors=True)
            (self.root / name).mkdir()

    def forget(self) -> None:
        """Forget what was built; the files stay."""
        shutil.rmtree(self.root / "warehouse")
        (self.root / "warehouse").mkdir()

    def land(self, name: str, rows: Sequence[str], modified: datetime) -> None:
        """Put a file into the landing folder, or replace it."""
        path = self.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        header = next(HEADERS[known] for known in HEADERS if Path(known).stem in name)
        path.write_text("\r\n".join([header, *rows]) + "\r\n", encoding="utf-8", newline="")
        self.touch(name, modified)

    def touch(self, name: str, modified: datetime) -> None:
        """Give a file another modification time."""
        stamp = modified.replace(tzinfo=UTC).timestamp()
        os.utime(self.landing / name, (stamp, stamp))

    def build(self, day: date, *arguments: str, **variables: str) -> None:
        """Build everything as on a day, without the tests, and publish it; it has to succeed."""
        self.build_candidates(day, *arguments, **variables)
        done = self.publish()
        assert done.success, done.exception

    def build_candidates(self, day: date, *arguments: str, **variables: str) -> None:
        """Build everything as on a day, and publish nothing; it has to succeed."""
        self._succeed(*_build_command(day, **variables), *arguments)

    def publish(self) -> Any:
        """Publish what was built, tested or not."""
        return self.dbt("run-operation", "publish", "--vars", "{publish_untested: true}")

    def test(self, day: date, *options: str) -> None:
        """Run the data tests, which look at every row then; they have to pass.

        Args:
            day: as on this day.
            options: more of `dbt test`, such as what to exclude.
        """
        given = ("--vars", str({"as_of": day.isoformat()}))
        self._succeed("test", "--exclude-resource-types", "unit_test", *given, *options)

    def unit_test(self, *select: str) -> None:
        """Run the unit tests, all of them or those of a selection; they have to pass."""
        self._succeed("test", "--select", *(select or ("test_type:unit",)))

    def compile(self, select: str) -> dict[str, str]:
        """The SQL of the selected nodes as it would be sent, by their names."""
        done = self.dbt("compile", "--select", select)
        assert done.success, done.exception
        return {each.node.name: each.node.compiled_code for each in done.result}

    def render(self, template: str, **variables: str) -> str:
        """What a template comes to."""
        done = self.dbt("compile", "--inline", template, "--vars", str(variables))
        assert done.success, done.exception
        return str(done.result[0].node.compiled_code)

    def _succeed(self, *arguments: str) -> None:
        done = self.dbt(*arguments)
        good = ("success", "pass", "warn")
        wrong = [f"{r.node.name}: {r.message}" for r in done.result or [] if r.status not in good]
        assert done.success, wrong or done.exception

    def failing_build(self, day: date, **variables: str) -> list[str]:
        """Build as on a day; it has to fail. The names of what failed."""
        done = self.dbt(*_build_command(day, **variables))
        assert not done.success
        return [each.node.name for each in done.result or [] if each.status == "error"]

    def nodes(self, schema: str) -> list[str]:
        """Names of what is built in a schema."""
        kinds = ("model", "seed", "snapshot")
        built = (node for node in self.manifest.nodes.values() if node.resource_type in kinds)
        return sorted(node.name for node in built if node.config.schema == schema)

    def killed_build(self, day: date, moment: Moment) -> None:
        """Build in a process that is killed at a moment."""

        def build() -> None:
            self._interrupted_build(day, [moment], lambda _: os.kill(os.getpid(), signal.SIGKILL))
            threading.Event().wait(moment[1] + 1)  # the last node may be done before its time

        ended = self._in_a_fork(build)
        assert ended == -signal.SIGKILL, f"{moment}: {ended}"

    def stopped_build(self, day: date, moments: Sequence[Moment]) -> list[tuple[str, Path]]:
        """Build and publish in a process that is stopped at some moments, and then goes on.

        Returns:
            For each moment its node, and a copy of the folder of the databases: what a kill leaves.
        """
        copies: list[tuple[str, Path]] = []
        name = self.root / "stopped_in"

        def stop(node: str) -> None:
            name.write_text(node, encoding="utf-8")
            os.kill(os.getpid(), signal.SIGSTOP)

        def build() -> None:
            self._interrupted_build(day, moments, stop)
            threading.Event().wait(max(delay for _, delay in moments))

        def copy() -> None:
            copied = self.root / "copies" / str(len(copies))
            shutil.copytree(self.root / "warehouse", copied)
            copies.append((name.read_text(encoding="utf-8"), copied))

        ended = self._in_a_fork(build, when_stopped=copy)
        assert ended == 0, ended
        return copies

    def put_back(self, warehouse: Path) -> None:
        """Go on from a copy of the folder of the databases."""
        shutil.rmtree(self.root / "warehouse")
        shutil.copytree(warehouse, self.root / "warehouse")

    def make_once(self, name: str, make: Callable[[], object]) -> None:
        """Make databases, once for all tests: the next time a copy is put back."""
        kept = self.root / "kept" / name
        if kept.exists():
            self.put_back(kept)
        else:
            make()
            shutil.copytree(self.root / "warehouse", kept)

    def _interrupted_build(
        self, day: date, moments: Sequence[Moment], interrupt: Callable[[str], object]
    ) -> None:
        """Build, publish if that is one of the moments, and interrupt at each of them."""

        def begun(node: str) -> None:
            for interrupted, delay in moments:
                if interrupted == node:
                    threading.Timer(delay, interrupt, (node,)).start()

        def follow(event: Any) -> None:
            if event.info.name == "LogStartLine":
                begun(event.data.node_info.node_name)

        self.dbt(*_build_command(day), callbacks=[follow])
        if any(node == PUBLISH for node, _ in moments):
            begun(PUBLISH)
            self.publish()

    def build_on_a_full_disk(self, day: date, room: int) -> None:
        """Build in a process that cannot write beyond a place in any file.

        Args:
            day: as on this day.
            room: bytes.
        """

        def build() -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
            self.dbt(*_build_command(day))
            self.publish()

        self._in_a_fork(build)

    def build_beside_another(self, day: date) -> None:
        """Build while another process has the working database open; it has to fail."""
        path = str(self.root / "warehouse" / "lakehouse.duckdb")
        opened, done = multiprocessing.Event(), multiprocessing.Event()

        def hold() -> None:
            with duckdb.connect(path):
                opened.set()
                done.wait(300)

        with ThreadPoolExecutor(1) as other:
            held = other.submit(self._in_a_fork, hold)
            assert opened.wait(60)
            try:
                assert not self.dbt(*_build_command(day)).success
            finally:
                done.set()
            held.result()

    def _in_a_fork(
        self, work: Callable[[], object], when_stopped: Callable[[], object] | None = None
    ) -> int | None:
        """Do something in another process, quietly; how it ended."""
        assert self.manifest  # read here, so that the other process has it

        def silent() -> None:
            with open(os.devnull, "w") as nowhere:
                os.dup2(nowhere.fileno(), 1)
                os.dup2(nowhere.fileno(), 2)
                work()

        # A fork knows the project already: reading it takes longer than building a few lines.
        process = multiprocessing.get_context("fork").Process(target=silent)
        process.start()
        assert process.pid
        while when_stopped and process.is_alive():
            if os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOHANG):
                when_stopped()
                os.kill(process.pid, signal.SIGCONT)
            time.sleep(0.005)
        process.join(300)
        ended = process.exitcode
        process.kill()
        return ended

    def published(self, *leave_out: str) -> dict[str, Table]:
        """Every table of the published file, sorted, without the columns of the run.

        Args:
            leave_out: tables, and columns of any table.
        """
        published = str(self.root / "warehouse" / "published.duckdb")
        with duckdb.connect(published, read_only=True) as db:
            names = db.execute(
                "select schema_name || '.' || table_name from duckdb_tables()"
                " where database_name = 'published' order by all"
            ).fetchall()
            return {
                name: _table(db, name, {*OF_THE_RUN, *leave_out})
                for (name,) in names
                if name not in leave_out
            }

    def query(self, sql: str, database: str = "published") -> list[tuple[Any, ...]]:
        """The rows of a query over what is published, the working database or the candidate."""
        name = "published.duckdb.next" if database == "candidate" else f"{database}.duckdb"
        path = self.root / "warehouse" / name
        with duckdb.connect(str(path), read_only=True) as db:
            return db.execute(sql).fetchall()

    @property
    def manifest(self) -> Any:
        """The project as dbt has read it, once."""
        if self._manifest is None:
            from dbt.cli.main import dbtRunner

            with _environment(self._environment):
                self._manifest = dbtRunner().invoke([*QUIET, "parse", *self._options]).result
        return self._manifest

    def dbt(self, *arguments: str, callbacks: Sequence[Any] = ()) -> Any:
        """Run a command of dbt; what it returns."""
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

        connections: Any = DuckDBConnectionManager
        runner = dbtRunner(manifest=self.manifest, callbacks=list(callbacks))
        with _environment(self._environment):
            try:
                return runner.invoke([*QUIET, *arguments, *self._options])
            finally:
                connections.close_all_connections()


def _build_command(day: date, **variables: str) -> list[str]:
    given = {"as_of": day.isoformat(), **variables}
    left_out = ("--exclude-resource-types", "test", "unit_test")
    return ["build", "--threads", "1", *left_out, "--vars", str(given)]


def _table(db: duckdb.DuckDBPyConnection, name: str, leave_out: set[str]) -> Table:
    columns = [column for (column, *_) in db.execute(f"describe {name}").fetchall()]
    kept = tuple(column for column in columns if column not in leave_out)
    rows = db.execute(f"select {', '.join(kept)} from {name} order by all").fetchall()
    return kept, rows


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """What dbt sees, without Python's search for garbage in the manifest: a quarter of the time."""
    before = dict(os.environ)
    os.environ.update(variables)
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        os.environ.clear()
        os.environ.update(before)
