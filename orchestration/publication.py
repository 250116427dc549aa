"""Publishes gold on DuckDB: a plug-in that gives dbt's connection one SQL function.

Gold and quality are built in a candidate file beside the published one. When everything has
passed, the last model calls ``publish_file``; readers see the old file or the new one, never
anything between.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection


def publish_file(candidate: str, published: str) -> str:
    """Copy ``candidate`` over ``published`` atomically and return the published path.

    The copy is written beside the target, flushed to disk and renamed over it. A process that
    has the old file open keeps reading the old file.
    """
    target = Path(published)
    copy = target.with_name(f"{target.name}.copy")
    with open(candidate, "rb") as source, open(copy, "wb") as sink:
        shutil.copyfileobj(source, sink, length=1 << 22)
        sink.flush()
        os.fsync(sink.fileno())
    os.replace(copy, target)
    return str(target)


class Plugin(BasePlugin):
    """Registers ``publish_file(candidate, published)`` on every connection dbt opens."""

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        conn.create_function(
            "publish_file", publish_file, ["VARCHAR", "VARCHAR"], "VARCHAR", side_effects=True
        )
