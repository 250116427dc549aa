"""`sales-sample FOLDER`: write the files."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

from sales_sample.errors import SalesSampleError
from sales_sample.generate import write_sample


def main() -> int:
    """Write a sample; the exit code."""
    parser = argparse.ArgumentParser(prog="sales-sample", description="Write sample files.")
    parser.add_argument("folder", type=Path, help="gets source_crm, source_erp and .truth")
    parser.add_argument("--scale", type=float, default=1, help="1 is about 60,000 order lines")
    parser.add_argument("--days", type=int, default=1, help="days on which files arrive")
    parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same files")
    parser.add_argument("--until", type=date.fromisoformat, help="the day after the last orders")
    given = parser.parse_args()
    try:
        report = write_sample(given.folder, given.scale, given.days, given.seed, given.until)
    except SalesSampleError as error:
        print(f"Error: {error.message}\nWhat to do: {error.remedy}", file=sys.stderr)
        return error.exit_code
    defects = sum(report.defects.values())
    print(
        f"{len(report.files)} files with {report.totals.lines:,} order lines and {defects:,} known"
        f" defects in {given.folder}; the truth is in {report.truth}."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
