"""The same gold from both engines at a size no test takes: `make bench-spark`.

Writes six million sales lines, builds them from nothing on DuckDB and, through dbt's adapter for
Databricks, on the local warehouse, and compares every row of gold. Says what differs.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from dbx_local.process import RunningWarehouse
from sales_sample import write_sample
from tests.warehouse.engines import OPTIONS, Engines, both_engines
from tests.warehouse.parity import compare

#: What many rows need and the tests' few do not: memory, more partitions, compiled code.
SETTINGS = {
    "spark.driver.memory": "10g",
    "spark.sql.shuffle.partitions": "16",
    "spark.default.parallelism": "2",
    "spark.sql.leafNodeDefaultParallelism": "2",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.codegen.wholeStage": "true",
    "spark.sql.codegen.factoryMode": "FALLBACK",
}


def main() -> int:
    """Build and compare; 1 when a row differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--scale", type=float, default=100, help="of the sample; 1 is 60,000 lines")
    parser.add_argument("--folder", type=Path, help="for the files; a large sample takes gigabytes")
    options = parser.parse_args()
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=options.folder) as name:
        root, tables, volumes = (Path(name) / part for part in ("build", "tables", "volumes"))
        for folder in (root, tables, volumes):
            folder.mkdir()
        settings = [each for pair in SETTINGS.items() for each in ("--conf", "=".join(pair))]
        warehouse = RunningWarehouse(tables, "--volume-root", str(volumes), *OPTIONS, *settings)
        try:
            with both_engines(warehouse.connection, root) as engines:
                write_sample(engines.landing, scale=options.scale)
                return _build_and_compare(engines, console)
        finally:
            warehouse.stop()


def _build_and_compare(engines: Engines, console: Console) -> int:
    local = _seconds(engines.local_dbt.build)
    console.print(f"DuckDB: {local:.0f} s")
    remote = _seconds(engines.dbt.build)
    console.print(f"local warehouse: {remote:.0f} s")
    published = Path(engines.local["LAKEHOUSE_PUBLISHED"])
    different = 0
    for found in compare(engines.cursor, engines.connection.catalog, published, ("gold",)):
        console.print(f"{found.table}: {found.rows:,} rows, {'; '.join(found.problems) or 'equal'}")
        different += bool(found.problems)
    return 1 if different else 0


def _seconds(build: Callable[[], None]) -> float:
    began = time.perf_counter()
    build()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
