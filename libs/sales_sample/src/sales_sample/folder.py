"""The folder of a sample: what may be asked for, and whose files may be overwritten."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from pathlib import Path

from sales_sample import files
from sales_sample.defects import TABLES
from sales_sample.errors import SalesSampleError

#: What the sample in a folder was made of; without it, files there are somebody's own.
MARKER = ".sample.json"

TRUTH_FILES = (*TABLES, "dim_customers.csv", "dim_products.csv", "fact_sales.csv")

SMALLEST_SCALE, LARGEST_SCALE = 0.01, 2000
MOST_DAYS = 365
EARLIEST, LATEST = date(2010, 1, 1), date(2079, 12, 31)


def check_arguments(scale: float, days: int, seed: int, until: date) -> None:
    """Refuse arguments that no sample can be made of."""
    for wrong, message, remedy in (
        (
            not SMALLEST_SCALE <= scale <= LARGEST_SCALE,
            f"A sample of scale {scale} cannot be written.",
            f"Give a scale from {SMALLEST_SCALE} to {LARGEST_SCALE}; 1 is about 60,000 lines.",
        ),
        (
            not 1 <= days <= MOST_DAYS,
            f"A sample cannot arrive on {days} days.",
            f"Give a number of days from 1 to {MOST_DAYS}.",
        ),
        (seed < 0, f"{seed} is no seed.", "Give a whole number that is not negative."),
        (
            not EARLIEST <= until <= LATEST,
            f"A sample cannot end at {until}.",
            f"Give a day from {EARLIEST} to {LATEST}.",
        ),
    ):
        if wrong:
            raise SalesSampleError(message, remedy)


def remove_truth(folder: Path) -> None:
    """Remove the truth of an earlier sample, of which the next one may have less."""
    for name in TRUTH_FILES:
        (folder / name).unlink(missing_ok=True)


def prepare(out: Path, description: dict[str, object]) -> None:
    """Make room: remove the files of an earlier sample, and refuse to touch any others."""
    marker = out / MARKER
    earlier: list[str] = []
    # A marker that says nothing vouches for nothing.
    with suppress(FileNotFoundError, ValueError, KeyError):
        earlier = json.loads(marker.read_text(encoding="utf-8"))["files"]
    for folder in (files.FOLDER_CRM, files.FOLDER_ERP):
        for unfinished in (out / folder).glob(f".*{files.UNFINISHED}"):
            unfinished.unlink()
        for path in sorted((out / folder).rglob("*.csv*")):
            name = path.relative_to(out).as_posix()
            if name not in earlier:
                raise SalesSampleError(
                    f"{path} is no sample file, and a sample would stand beside it or replace it.",
                    "Give another folder for the sample, or move your files away.",
                )
    for name in earlier:
        (out / name).unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    marker.write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
