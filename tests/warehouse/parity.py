"""Compares the tables of two builds, on DuckDB and on the warehouse: row for row, type by type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

#: Where DuckDB keeps each schema: the working file, or the published one.
WORKING_SCHEMAS = ("bronze", "silver")
PUBLISHED_SCHEMAS = ("gold", "quality")

#: Columns that say when and by which run something was built, so differ between any two builds.
OF_THE_RUN = frozenset(
    {"_loaded_at", "loaded_at", "run_id", "run_started_at"}
    | {"validated_at", "validated_by", "validated_until", "published_at"}
    | {"dbt_scd_id", "dbt_updated_at", "dbt_valid_from"}
    # Checksums that the engines make in their own ways.
    | {"lines_version", "history_version", "made_from"}
)

#: Tables of what the runs of one side did.
OF_RUNS = frozenset({"publications", "runs", "run_results"})

#: A column that says so too, but whether it is empty must be equal.
WHETHER = "dbt_valid_to"


@dataclass(frozen=True)
class Comparison:
    """What comparing one table found; `problems` is empty when both sides are equal."""

    table: str
    rows: int
    """Rows on DuckDB."""
    problems: tuple[str, ...]


def compare(
    cursor: Any, catalog: str, database: Path, schemas: tuple[str, ...]
) -> Iterator[Comparison]:
    """Compare a DuckDB file's tables with the warehouse's of the same names."""
    for schema, table in _tables(database, schemas):
        if table in OF_RUNS:
            continue
        ours = _read(database, f'"{schema}"."{table}"')
        try:
            cursor.execute(f"select * from {catalog}.{schema}.{table}")
            theirs = cursor.fetchall_arrow()
        except Exception as error:
            yield Comparison(f"{schema}.{table}", ours.num_rows, (f"not readable: {error}",))
            continue
        problems = tuple(_differences(ours, theirs))
        yield Comparison(f"{schema}.{table}", ours.num_rows, problems)


def _tables(path: Path, schemas: tuple[str, ...]) -> list[tuple[str, str]]:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as build (read_only)")
        found = connection.execute(
            # Views are read through the tables made from them.
            "select table_schema, table_name from information_schema.tables"
            " where table_catalog = 'build' and table_type = 'BASE TABLE'"
            " and list_contains(?, table_schema) order by all",
            [list(schemas)],
        ).fetchall()
    if not found:
        raise AssertionError(f"{path} has no table in {', '.join(schemas)}")
    return found


def _read(path: Path, table: str) -> pa.Table:
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        return connection.sql(f"select * from {table}").to_arrow_table()


def _differences(ours: pa.Table, theirs: pa.Table) -> Iterator[str]:
    if ours.schema.names != theirs.schema.names:
        yield f"columns: {ours.schema.names} on DuckDB, {theirs.schema.names} on the warehouse"
        return
    for name in ours.schema.names:
        types = [_type(side.schema.field(name).type) for side in (ours, theirs)]
        if types[0] != types[1]:
            yield f"type of {name}: {types[0]} on DuckDB, {types[1]} on the warehouse"
    compared = [
        f'"{name}" is null' if name == WHETHER else f'"{name}"'
        for name in ours.schema.names
        if name not in OF_THE_RUN
    ]
    columns = ", ".join(compared or ["1 as each_row"])  # how many there are, if nothing else
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.register("ours", ours)
        connection.register("theirs", theirs)
        sides = ("ours", "theirs", "DuckDB"), ("theirs", "ours", "the warehouse")
        for side, other, place in sides:
            rows = connection.execute(
                f"select {columns} from {side} except all select {columns} from {other}"
                " order by all"
            ).fetchall()
            if rows:
                yield f"{len(rows)} rows only on {place}, such as {rows[0]}"


def _type(kind: pa.DataType) -> str:
    """The type's name in terms both engines share: Spark's timestamps are instants, in UTC here."""
    if pa.types.is_timestamp(kind):
        return "timestamp"
    if pa.types.is_large_string(kind) or pa.types.is_string(kind):
        return "string"
    if pa.types.is_list(kind):
        return f"list<{_type(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{', '.join(f'{field.name}: {_type(field.type)}' for field in kind)}>"
    return str(kind)
