"""A dbt-duckdb plug-in with the SQL functions that the project's macros for DuckDB need.

``landing_files(landing, source, pattern, columns)`` lists the files of a source,
``changed_file(landing, source, path, content)`` says how one differs from that list;
``copy_database(candidate, copy)`` and ``publish_file(copy, published)`` replace what is published.
"""

from __future__ import annotations

import glob
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

from orchestration.errors import LakehouseError
from orchestration.files import Contract, LandingFile, files_of, require_unchanged

FILE = (
    "struct(source_file varchar, filename varchar, pattern varchar, modified bigint,"
    " file_size bigint, checksum varchar, counted_rows bigint, header varchar[], longest bigint)[]"
)


def copy_database(candidate: str, copy: str) -> str:
    """Copy a database file, in place of an earlier copy, and return the path of the copy."""
    for left in (copy, f"{copy}.wal"):
        Path(left).unlink(missing_ok=True)
    try:
        shutil.copyfile(candidate, copy)
    except OSError:
        Path(copy).unlink(missing_ok=True)
        raise
    return copy


def publish_file(copy: str, published: str) -> str:
    """Flush ``copy`` to disk, rename it over ``published`` and return the published path.

    A process that has the old file open keeps reading the old file.
    """
    with open(copy, "rb+") as file:
        os.fsync(file.fileno())
    os.replace(copy, published)
    return published


class Plugin(BasePlugin):
    """Registers the functions on the connection dbt opens; lists each source once."""

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Register them; dbt-duckdb calls this once."""
        self._lists: dict[tuple[str, str], dict[str, LandingFile]] = {}
        self._lock = threading.Lock()
        text = "VARCHAR"
        functions: dict[Callable[..., Any], tuple[list[Any], str]] = {
            self.landing_files: ([text, text, text, "VARCHAR[]"], FILE),
            self.changed_file: ([text, text, text, "BOOLEAN"], text),
            copy_database: ([text, text], text),
            publish_file: ([text, text], text),
        }
        for function, (arguments, result) in functions.items():
            name = function.__name__
            conn.create_function(name, function, arguments, result, side_effects=True)

    def landing_files(
        self, landing: str, source: str, pattern: str, columns: list[str]
    ) -> list[dict[str, Any]]:
        """The files of a source, as they were when this was asked first.

        Raises:
            LakehouseError: when the folder is missing or holds none.
        """
        folder = Path(landing).absolute()
        with self._lock:
            if (landing, source) not in self._lists:
                contract = Contract(source, pattern, tuple(columns))
                warehouse = Path(self.creds.path if self.creds else "").parent
                listed = files_of(folder, contract, warehouse)
                self._lists[landing, source] = {file.path: file for file in listed}
            files = self._lists[landing, source].values()
        return [
            {
                "source_file": file.path,
                "filename": str(folder / file.path),
                "pattern": glob.escape(str(folder / file.path)),
                "modified": file.modified // 1_000_000_000,
                "file_size": file.size,
                "checksum": file.sha256,
                "counted_rows": file.rows,
                "header": list(file.header),
                "longest": file.longest,
            }
            for file in files
        ]

    def changed_file(self, landing: str, source: str, path: str, content: bool) -> str:
        """How a file differs from the list; empty when it does not."""
        file = self._lists.get((landing, source), {}).get(path)
        try:
            require_unchanged(Path(landing).absolute(), [file] if file else [], content)
        except LakehouseError as error:
            return str(error)
        return ""
