"""What validation costs: the same build with and without it, on the same files, in turn.

`make bench-quality` writes six million sales lines with defects, builds them as they are, and
builds them in a copy of the project that types, cleans, repairs and rejects rows all the same, but
writes no rule violations and has no quality models. The share is what the first takes more in CPU
seconds, which other programs on the machine disturb less than the clock. What dbt itself takes,
measured by building a handful of lines, is left out on both sides: it would make the share look
smaller.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from orchestration.dbt import BUILD
from sales_sample import write_sample
from sales_sample.files import SALES
from tools.bench.project import Lake, copy_of_this

VIOLATIONS = Path("macros/quality/violations.sql")
LIMIT = 1 / 3
FEW = 0.02
"""Scale of the sample that shows what dbt itself takes."""

#: What finds and counts: with this in place of the rules' conditions nothing is ever written down.
FINDS = "when {{ found | map(attribute=3) | sum(start=[]) | join(' or ') }}"
COUNTS = "when {{ rules | join(' or ') }}"
NEVER = "when false"


def stop_validation(project: Path) -> None:
    """Let the rules of a copy find and count nothing.

    Raises:
        ValueError: when the macro does not read as expected.
    """
    path = project / VIOLATIONS
    text = path.read_text(encoding="utf-8")
    if text.count(FINDS) != 1 or text.count(COUNTS) != 1:
        raise ValueError(f"{VIOLATIONS} does not read as this benchmark expects")
    path.write_text(text.replace(FINDS, NEVER).replace(COUNTS, NEVER), encoding="utf-8")


def build(lake: Lake, validated: bool) -> float:
    """Build from nothing; the CPU seconds it took.

    Raises:
        RuntimeError: when the build fails.
    """
    left_out = () if validated else ("--exclude", "path:models/quality+")
    lake.forget()
    return lake.dbt(*BUILD, *left_out).processor


def compare(folder: Path, repeats: int, console: Console) -> list[tuple[float, float]]:
    """CPU seconds with and without validation, in turn, beyond what dbt takes for a few lines."""
    with_it, without_it = (
        copy_of_this(folder / name, folder / "landing") for name in ("with", "without")
    )
    stop_validation(without_it.project)
    pairs = []
    for number in range(1, repeats + 1):
        full, bare = (
            build(lake, validated) - build(replace(lake, landing=folder / "few"), validated)
            for lake, validated in ((with_it, True), (without_it, False))
        )
        pairs.append((full, bare))
        console.print(f"{number} of {repeats}: {full:.1f} s with, {bare:.1f} s without")
    return pairs


def main() -> int:
    """Measure; 1 when validation costs a third of the build or more, 2 when nothing can be said."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--scale", type=float, default=100, help="of the sample; 1 is 60,000 lines")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        console.print(f"Writing sample files, scale {options.scale:g}")
        sample = write_sample(folder / "landing", scale=options.scale)
        lines = next(file.rows for file in sample.files if file.name == SALES)
        write_sample(folder / "few", scale=FEW)
        pairs = compare(folder, options.repeats, console)
        console.print(f"{lines:,} sales lines, {len(pairs)} times, CPU seconds")
    shares = [1 - bare / full for full, bare in pairs]
    share = statistics.median(shares)
    console.print(f"Validation takes {share:.0%} of the build; the limit is {LIMIT:.0%}.")
    if min(shares) <= 0:
        console.print("[red]Too noisy to say anything: repeat it on a quieter machine.[/]")
        return 2
    return 0 if share < LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
