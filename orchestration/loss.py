"""Whether a run would take rows away: a file that has far fewer now, or that is gone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from orchestration.errors import ExitCode, LakehouseError
from orchestration.files import LandingFile

SHARE = 0.2
"""A file may have fewer rows than before by this part of them ..."""
ROWS = 100
"""... or by this number of rows."""

_LOADED = """
    select landing_table, source_file, landed_rows, checksum from bronze.file_load_log
    where landed_rows > 0
    qualify row_number() over (partition by landing_table, source_file order by loaded_at desc) = 1
"""


def require_no_loss(
    database: Path, files: Sequence[LandingFile], full_refresh: bool, accept_loss: bool
) -> list[str]:
    """Stop when bronze, in the working database, would lose rows; what it keeps of files gone.

    With a full refresh everything is read again, so files that are gone are losses as well.

    Raises:
        LakehouseError: naming each file with the number of its rows, unless that is accepted.
    """
    import duckdb

    if not database.is_file():
        return []
    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            loaded = connection.execute(_LOADED).fetchall()
    except duckdb.Error:
        return []  # bronze was never built; another error shows itself in the build
    now = {(file.source, file.path): file for file in files}
    contents = {(file.source, file.sha256) for file in files}
    losses, gone = [], []
    for source, path, rows, checksum in sorted(loaded):
        file = now.get((source, path))
        if file and file.sha256 != checksum and rows - file.rows > max(ROWS, rows * SHARE):
            losses.append(f"{path} had {rows:,} rows and has {file.rows:,} now")
        elif not file and (source, checksum) not in contents:
            gone.append(f"{path} with {rows:,} rows is gone")
    if full_refresh:
        losses, gone = losses + gone, []
    if losses and not accept_loss:
        raise LakehouseError(
            "Rows would leave: " + "; ".join(losses) + ".",
            "Put the whole file there, or accept it: lakehouse run --accept-loss (with "
            "--full-refresh if you gave it). Nothing was written.",
            ExitCode.BAD_INPUT,
        )
    return gone
