"""The warehouse itself: one Spark application, a session for every client."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from dbx_local.catalog import SPARK_CATALOG, Catalog
from dbx_local.delta import ColumnChanges, change_columns
from dbx_local.errors import StatementError
from dbx_local.files import Volumes
from dbx_local.results import collect
from dbx_local.shims import gathers, translate
from dbx_local.spark import start_spark
from dbx_local.sqltext import Sql, quote

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession

log = logging.getLogger("dbx_local")


class Session:
    """One client's session: its temporary views, variables and current schema."""

    def __init__(self, warehouse: Warehouse, schema: str | None) -> None:
        self.warehouse = warehouse
        self.catalog = warehouse.catalog
        self.volumes = warehouse.volumes
        self.groups = warehouse.groups
        self.spark: SparkSession = warehouse.spark.newSession()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="session")
        self._tag = f"session-{uuid4().hex}"
        self._pending: dict[tuple[str, str], ColumnChanges] = {}
        if schema and self.spark.catalog.databaseExists(schema):
            self.spark.catalog.setCurrentDatabase(schema)

    @property
    def current_schema(self) -> str:
        """The schema that unqualified names belong to."""
        return str(self.spark.catalog.currentDatabase())

    def run(self, sql: str) -> pa.Table:
        """Execute SQL that Spark understands, without shims."""
        return collect(self.spark.sql(sql))

    def pending(self, table: tuple[str, str]) -> ColumnChanges:
        """The changes to the table's columns that are gathered and not yet committed."""
        key = (table[0].lower(), table[1].lower())
        if key not in self._pending:
            columns = self.catalog.columns(self.spark, *key)
            names = frozenset(column.name.lower() for column in columns)
            self._pending[key] = ColumnChanges(columns=names)
        return self._pending[key]

    def _commit_pending(self) -> None:
        while self._pending:
            table, changes = self._pending.popitem()
            if changes.not_null or changes.comments:
                change_columns(self.spark, table, changes)

    def submit(self, statement: str) -> Future[pa.Table]:
        """Start a client's statement; statements of one session run one after the other."""
        return self._worker.submit(self._execute, statement)

    def _execute(self, statement: str) -> pa.Table:
        started = time.monotonic()
        self.spark.sparkContext.setJobGroup(self._tag, "", interruptOnCancel=True)
        failure = ""
        try:
            if not gathers(Sql(statement)):
                self._commit_pending()
            outcome = translate(statement, self)
            return self.run(outcome.text) if isinstance(outcome, Sql) else outcome
        except Exception as error:
            failure = readable(error, self.catalog.name)
            raise StatementError(failure) from error
        finally:
            self.warehouse.record(statement, time.monotonic() - started, failure)

    def cancel(self) -> None:
        """Stop what the session is doing."""
        self.spark.sparkContext.cancelJobGroup(self._tag)

    def close(self) -> None:
        """End the session; a statement still running is stopped."""
        self.cancel()
        if self._pending:
            self._worker.submit(self._commit_pending)
        self._worker.shutdown(wait=True)


class Warehouse:
    """Spark, the catalog, the volumes and the sessions of the clients."""

    def __init__(
        self,
        folder: Path,
        catalog: str,
        volumes: Volumes,
        *,
        groups: frozenset[str] = frozenset(),
        settings: Mapping[str, str] | None = None,
        trace: Path | None = None,
    ) -> None:
        self.catalog = Catalog(catalog)
        self.volumes = volumes
        self.groups = groups
        self.spark = start_spark(folder, settings)
        self._jvm = self.spark.sparkContext._gateway.proc
        self._sessions: dict[bytes, Session] = {}
        self._lock = threading.Lock()
        self._trace = trace.open("a", encoding="utf-8") if trace else None
        hadoop = self.spark.sparkContext._jsc.hadoopConfiguration()
        for key, value in volumes.hadoop_settings().items():
            hadoop.set(key, value)

    def warm_up(self) -> None:
        """Load the classes that the first statements of every client need."""
        table = quote(SPARK_CATALOG, "default", "__warm_up")
        for sql in (
            f"create or replace table {table} using delta as select 1 as id",
            f"merge into {table} as t using (select 1 as id) as s on t.id = s.id"
            " when matched then update set * when not matched then insert *",
            f"select count(*) from {table}",
            f"drop table {table}",
        ):
            collect(self.spark.sql(sql))

    def open_session(self, schema: str | None) -> bytes:
        """Open a session and return its id."""
        session = Session(self, schema)
        session_id = uuid4().bytes
        with self._lock:
            self._sessions[session_id] = session
        return session_id

    def session(self, session_id: bytes) -> Session:
        """The session with this id.

        Raises:
            StatementError: when there is none.
        """
        with self._lock:
            if session_id not in self._sessions:
                raise StatementError("[INVALID_HANDLE.SESSION_NOT_FOUND] Session not found.")
            return self._sessions[session_id]

    def close_session(self, session_id: bytes) -> None:
        """Close a session; closing it twice does no harm."""
        with self._lock:
            session = self._sessions.pop(session_id, None)
        if session:
            session.close()

    def record(self, statement: str, seconds: float, failure: str) -> None:
        """Write one line about a statement to the trace, when there is one."""
        log.debug("%.3f s  %s", seconds, statement)
        if self._trace:
            line = " ".join(" ".join(token.text for token in Sql(statement).tokens[:60]).split())
            with self._lock:
                self._trace.write(f"{seconds:.3f}\t{line}\t{failure[:200]!r}\n")
                self._trace.flush()

    @property
    def is_alive(self) -> bool:
        """Whether the JVM is still there."""
        return self._jvm.poll() is None

    def stop(self) -> None:
        """End all sessions and the JVM."""
        with self._lock:
            sessions, self._sessions = list(self._sessions.values()), {}
        for session in sessions:
            session.close()
        self.spark.stop()
        if self._trace:
            self._trace.close()


def readable(error: Exception, catalog: str) -> str:
    """What a client is told about an error: Spark's message, without its stack."""
    from pyspark.errors import PySparkException

    text = str(error)
    if isinstance(error, PySparkException):
        text = text.split("JVM stacktrace:")[0]
        text = re.sub(r"(SQLSTATE: \w{5}; line \d+ pos \d+);\n.*", r"\1", text, flags=re.S)
    elif match := re.search(r"^: ([\w.$]+(?:Exception|Error)): (.*?)\n\tat ", text, re.M | re.S):
        text = match.group(2)
    return text.strip().replace(SPARK_CATALOG, catalog)
