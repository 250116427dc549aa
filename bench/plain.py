"""The star by plain SQL (bench/plain.sql): makes it, and tells whether another star is the same.

`python -m bench.plain LANDING TODAY DATABASE` makes it in a new database file.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

SQL = Path(__file__).with_name("plain.sql")
TABLES = (
    *("dim_dates", "dim_locations", "dim_product_categories", "dim_products", "dim_customers"),
    "fact_sales",
)
DIFFERENCE = """
    select count(*) from (
        (select {columns} from published.gold.{table} except all select {columns} from {table})
        union all
        (select {columns} from {table} except all select {columns} from published.gold.{table})
    )
"""


def make(landing: Path, today: str, database: Path) -> None:
    """Make the star from the files in a landing folder."""
    with duckdb.connect(str(database)) as db:
        db.execute("set variable landing = ?", [str(landing)])
        db.execute("set variable today = ?", [today])
        db.execute(SQL.read_text(encoding="utf-8"))


def different_rows(database: Path, published: Path) -> dict[str, int]:
    """How many rows of each table are in one of the two stars and not in the other."""
    with duckdb.connect(str(database), read_only=True) as db:
        db.execute(f"attach '{published}' as published (read_only)")
        found = {}
        for table in TABLES:
            columns = ", ".join(name for (name, *_) in db.execute(f"describe {table}").fetchall())
            query = DIFFERENCE.format(columns=columns, table=table)
            (row,) = db.execute(query).fetchall()
            found[table] = int(row[0])
        return found


if __name__ == "__main__":
    make(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
