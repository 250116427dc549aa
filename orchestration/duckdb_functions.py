"""What DuckDB is lent on the way: a dbt-duckdb plug-in with three SQL functions.

``csv_header(path)`` names a file's columns before it is read by position; ``file_checksum(path)``
tells a changed file from one that was only touched. ``publish_file(candidate,
published)`` puts the audited gold in place of the published one: readers see the old file or the
new one, never anything between.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import os
import shutil
from pathlib import Path

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection


def csv_header(path: str) -> list[str]:
    """Return the column names in a CSV file's first record, in lower case; none for an empty file.

    Reads UTF-8 with or without a byte order mark, plain or gzipped (by its ending).
    """
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
        return [name.strip().lower() for name in next(csv.reader(file), [])]


def file_checksum(path: str) -> str:
    """Return the SHA-256 of a file's bytes, read in pieces: a file may be larger than memory."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def publish_file(candidate: str, published: str) -> str:
    """Copy ``candidate`` over ``published`` atomically and return the published path.

    The copy is written beside the target, flushed to disk and renamed over it. A process that
    has the old file open keeps reading the old file.
    """
    target = Path(published)
    copy = target.with_name(f"{target.name}.copy")
    try:
        with open(candidate, "rb") as source, open(copy, "wb") as sink:
            shutil.copyfileobj(source, sink, length=1 << 22)
            sink.flush()
            os.fsync(sink.fileno())
        os.replace(copy, target)
    finally:
        copy.unlink(missing_ok=True)
    return str(target)


class Plugin(BasePlugin):
    """Registers the functions on the connection dbt opens."""

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Register them; dbt-duckdb calls this once."""
        conn.create_function("csv_header", csv_header, ["VARCHAR"], "VARCHAR[]", side_effects=True)
        conn.create_function(
            "file_checksum", file_checksum, ["VARCHAR"], "VARCHAR", side_effects=True
        )
        conn.create_function(
            "publish_file", publish_file, ["VARCHAR", "VARCHAR"], "VARCHAR", side_effects=True
        )
