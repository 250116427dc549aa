"""The star by plain SQL (plain.sql): makes it, and tells whether another star is the same.

`python -m tools.bench.plain LANDING TODAY DATABASE [MEMORY LIMIT]` makes it in a new database file.
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path

import duckdb

SQL = Path(__file__).with_name("plain.sql")
TABLES = (
    *("dim_dates", "dim_locations", "dim_product_categories", "dim_products", "dim_customers"),
    "fact_sales",
)


def make(landing: Path, today: str, database: Path, memory_limit: str = "") -> None:
    """Make the star from the files in a landing folder."""
    with duckdb.connect(str(database), config=limited(memory_limit)) as db:
        db.execute("set variable landing = ?", [str(landing)])
        db.execute("set variable today = ?", [today])
        db.execute(SQL.read_text(encoding="utf-8"))


def limited(memory_limit: str) -> dict[str, str | bool | int | float | list[str]]:
    """DuckDB's settings for a limit such as 4GB; its own when there is none."""
    return {"memory_limit": memory_limit} if memory_limit else {}


def different_rows(database: Path, published: Path, memory_limit: str = "") -> dict[str, int]:
    """How many rows of each table are in one of the two stars and not in the other."""
    with duckdb.connect(str(database), read_only=True, config=limited(memory_limit)) as db:
        db.execute(f"attach '{published}' as published (read_only)")
        return {table: rows_apart(db, table, f"published.gold.{table}") for table in TABLES}


def rows_apart(
    db: duckdb.DuckDBPyConnection, one: str, other: str, leave_out: Collection[str] = ()
) -> int:
    """How many rows one of two relations has and the other has not; the first names the columns."""
    described = db.execute(f"describe {one}").fetchall()
    columns = ", ".join(name for (name, *_) in described if name not in leave_out)
    only = " union all ".join(
        f"(select {columns} from {a} except all select {columns} from {b})"
        for a, b in ((one, other), (other, one))
    )
    (row,) = db.execute(f"select count(*) from ({only})").fetchall()
    return int(row[0])


if __name__ == "__main__":
    make(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), *sys.argv[4:5])
