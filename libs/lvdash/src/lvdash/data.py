"""Runs the data sets of a dashboard on a DuckDB file and packs the results for the page.

A packed column is a list of numbers in the narrowest type that holds it exactly: texts, dates and
truth values as positions in a list of their distinct values, numbers as whole numbers of a power
of ten. All columns together are one compressed block of bytes, and a small header says what is
where.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import starmap
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from lvdash.definition import Dataset, Json
from lvdash.dialect import BadSqlError, single_query, to_duckdb
from lvdash.errors import IO, LvdashError
from lvdash.parameters import values_of
from lvdash.tables import Tables

INTEGERS = {f"{sign}{size}int" for sign in ("", "u") for size in ("tiny", "small", "big", "huge")}
NUMBERS = INTEGERS | {"integer", "uinteger", "decimal", "float", "double"}
"""Types of DuckDB whose values are numbers."""
MIDNIGHT = " 00:00:00"
MAX_DECIMALS = 6
MAX_EXACT = 2**53
Numbers = npt.NDArray[Any]


class DatasetError(ValueError):
    """A data set that gave no result; the message says why."""


@dataclass(frozen=True)
class Column:
    """The values of a column, masked where there is none."""

    kind: str
    """number, date or text; what is not a number comes as text."""
    values: Numbers


@dataclass(frozen=True)
class Result:
    """What a data set returned, column by column."""

    columns: dict[str, Column]
    rows: int


@dataclass(frozen=True)
class Database:
    """An open DuckDB file."""

    connection: duckdb.DuckDBPyConnection
    """Can read the file, which is attached as `db`, and nothing else."""
    tables: Tables
    comments: Mapping[str, Mapping[str, str]]
    """What the file says of columns, by table and column."""

    def run(self, dataset: Dataset, chosen: Mapping[str, Json] | None = None) -> Result:
        """Run a data set; chosen selections replace the defaults of its parameters, by keyword.

        Raises:
            DatasetError: if its SQL cannot be run.
        """
        if dataset.asset and not self.tables.find(dataset.asset, dataset.schema):
            raise DatasetError(f"the database holds no {dataset.asset}")
        try:
            values = values_of(dataset, chosen or {})
            sql = to_duckdb(dataset.sql, self.tables, dataset.schema, values)
            return fetch(self.connection, sql)
        except BadSqlError as error:
            raise DatasetError(f"its SQL {error}") from error
        except duckdb.Error as error:
            raise DatasetError(_first_line(error)) from error


def fetch(connection: duckdb.DuckDBPyConnection, sql: str) -> Result:
    """The result of a query. DuckDB makes texts of what is not a number, and arrays of both."""
    relation = connection.sql(sql)
    types = {n: each.id for n, each in zip(relation.columns, relation.types, strict=True)}

    def read() -> dict[str, Numbers]:
        return relation.project(", ".join(starmap(_as_read, types.items()))).fetchnumpy()

    found = read()
    inexact = [n for n in types if types[n] in NUMBERS and not _is_exact(found[n])]
    if inexact:  # a page has no such number
        types |= dict.fromkeys(inexact, "varchar")
        found = read()
    columns = {name: Column(_kind(type_), found[name]) for name, type_ in types.items()}
    return Result(columns, len(found[relation.columns[0]]))


def _as_read(name: str, type_: str) -> str:
    """A column as a number, or as the text that the page shows."""
    column = '"{}"'.format(name.replace('"', '""'))
    if type_ in NUMBERS:
        return column
    value = f"date_trunc('second', {column}::timestamp)" if "timestamp" in type_ else column
    return f"cast({value} as varchar) as {column}"


def _kind(type_: str) -> str:
    if type_ in NUMBERS:
        return "number"
    return "date" if type_ == "date" or "timestamp" in type_ else "text"


def _is_exact(values: Numbers) -> bool:
    return bool((np.abs(np.ma.compressed(values).astype(float)) < MAX_EXACT).all())


@contextmanager
def open_database(path: Path, schema: str | None = None) -> Iterator[Database]:
    """Open a DuckDB file for reading; nothing else can be read, no file and no network address.

    `schema` is that of tables that data sets name without one, see `Tables`.

    Raises:
        LvdashError: if there is no such file (exit code 5) or DuckDB cannot read it (3).
    """
    if not path.is_file():
        raise LvdashError(f"There is no database {path}.", "Check the name of the file.", IO)
    with duckdb.connect(":memory:") as connection:
        try:
            name = str(path).replace("'", "''")
            connection.execute(f"attach '{name}' as db (read_only)")
            connection.execute("use db")
            connection.execute("set timezone = 'UTC'")
            # rows that an order leaves equal come in the same order each time
            connection.execute("set threads = 1")
            connection.execute("set enable_external_access = false")
            connection.execute("set lock_configuration = true")
            rows = connection.execute(
                "select schema_name || '.' || table_name, list(column_name), "
                "list(coalesce(comment, '')) from duckdb_columns() "
                "where database_name = 'db' and not internal group by all"
            ).fetchall()
        except duckdb.Error as error:
            raise LvdashError(
                f"The database {path} cannot be read: {_first_line(error)}",
                "Check that it is a DuckDB file and that no other program writes to it.",
                IO,
            ) from error
        comments = {
            table: {name: said for name, said in zip(names, texts, strict=True) if said}
            for table, names, texts in rows
        }
        columns = {table: names for table, names, _ in rows}
        yield Database(connection, Tables(columns, schema), comments)


def keeps_order(dataset: Dataset) -> bool:
    """Whether the data set's own order of rows matters."""
    try:
        return single_query(dataset.sql).args.get("order") is not None
    except BadSqlError:
        return True


@dataclass
class Packer:
    """Collects columns, one after the other, into one block of bytes."""

    blocks: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, result: Result, wanted: Sequence[str], *, sort: bool) -> dict[str, Any]:
        """Pack the wanted columns of a result; `sort` allows the order that compresses best.

        Returns the header: the number of rows, and for each column where its bytes are.
        """
        packed = {name: _encode(result.columns[name]) for name in wanted}
        order = _best_order([codes for codes, _ in packed.values()]) if sort else None
        header: dict[str, Any] = {}
        for name, (codes, about) in packed.items():
            values = codes if order is None else codes[order]
            header[name] = {**about, "at": self._write(values), "type": str(values.dtype)}
        return {"rows": result.rows, "columns": header}

    def _write(self, values: Numbers) -> int:
        """Append a column, aligned for typed arrays; returns its place."""
        padding = -self.size % 8
        block = b"\0" * padding + values.tobytes()
        place = self.size + padding
        self.blocks.append(block)
        self.size += len(block)
        return place

    def compressed(self) -> bytes:
        """All of it, compressed; the same input gives the same bytes."""
        # The highest level takes ten times as long for 3 % less.
        return gzip.compress(b"".join(self.blocks), compresslevel=6, mtime=0)


def _encode(column: Column) -> tuple[Numbers, dict[str, Any]]:
    """The codes of a column, and what is needed to read them."""
    if column.kind == "number":
        return _encode_numbers(np.ma.filled(column.values.astype(float), np.nan))
    values = column.values.tolist()
    distinct = {*values} - {None}
    if column.kind == "date" and all(value.endswith(MIDNIGHT) for value in distinct):
        # date_trunc() gives a timestamp, which a reader takes for a day
        values = [value and value.removesuffix(MIDNIGHT) for value in values]
        distinct = {*values} - {None}
    words = [*sorted(distinct), *([None] if None in values else [])]
    places = {word: place for place, word in enumerate(words)}
    codes = np.fromiter(map(places.__getitem__, values), dtype=np.int64, count=len(values))
    return _narrow(codes), {"kind": column.kind, "values": words}


def _encode_numbers(values: Numbers) -> tuple[Numbers, dict[str, Any]]:
    """Numbers as whole numbers of 1 / `per`; `none` is the code of a missing value, here NaN."""
    missing = np.isnan(values)
    known = values[~missing]
    for decimals in range(MAX_DECIMALS + 1):
        per = 10**decimals
        whole = np.rint(known * per)
        if np.abs(whole).max(initial=0) >= MAX_EXACT:
            break
        if np.array_equal(whole / per, known):
            about: dict[str, Any] = {"kind": "number", "per": per}
            codes = np.empty(len(values), dtype=np.int64)
            codes[~missing] = whole
            if missing.any():
                about["none"] = int(whole.max(initial=0)) + 1
                codes[missing] = about["none"]
            return _narrow(codes), about
    return values, {"kind": "number", "per": 1}


def _narrow(codes: Numbers) -> Numbers:
    """The same whole numbers in the narrowest type that holds them."""
    low, high = (int(codes.min()), int(codes.max())) if codes.size else (0, 0)
    for dtype in (np.uint8, np.int8, np.uint16, np.int16, np.int32):
        limits = np.iinfo(dtype)
        if limits.min <= low and high <= limits.max:
            return codes.astype(dtype)
    return codes.astype(np.float64)


def _best_order(columns: list[Numbers]) -> Numbers:
    """Rows ordered by the columns with the fewest distinct values first: compresses best."""
    if not columns:
        return np.array([], dtype=np.int64)
    by_variety = sorted(columns, key=lambda codes: len(np.unique(codes)), reverse=True)
    return np.lexsort(by_variety)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
