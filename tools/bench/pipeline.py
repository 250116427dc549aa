"""What the pipeline costs, each time as a ratio within one run: `make bench`.

Three things are compared with what has to be paid anyway. A build of few rows: with a bare dbt
project of as many models and tests. A full build of many: with plain hand-written SQL
(plain.sql) that makes the same star, which is checked row for row. A day's drop onto many
rows: with a run of the bare project whose models are there. Processor time of all processes
counts, medians of several times, the sides in turn. The figures go to docs/performance.md; what is
not measured this time stays there. On a Sunday a day's tests look at every row, so measure on
another day.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from rich.console import Console

from orchestration.dbt import downstream_of
from sales_sample import iter_days, write_sample
from sales_sample.files import HEADERS, SALES
from tools.bench import plain, report
from tools.bench.measure import Cost, cost_of, in_turn, median
from tools.bench.project import PROJECT, Lake, bare_like, copy_of_this

TODAY = date(2026, 11, 27)
MEASURED = ("case", "measured", "against", "ratio", "target", "peak", "times")
SHOWN = 8
SMALLEST = 0.001
"""A part of less than this is not worth a line."""
NOTEBOOKS = 125
"""Times plain SQL that the same tables take as notebooks on local Spark and Delta; at best."""
console = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True)
class Bench:
    """What is measured, how large and how often."""

    folder: Path
    scale: float
    repeats: int
    memory_limit: str

    @property
    def size(self) -> str:
        """The size as a reader knows it."""
        limit = f", DuckDB limited to {self.memory_limit}" if self.memory_limit else ""
        return f"{self.scale * 60_000:,.0f} lines{limit}"

    def lake(self, name: str) -> Lake:
        """A copy of this project that nothing is built in."""
        return copy_of_this(self.folder / name, self.folder / f"{name}-landing", self.memory_limit)

    def row(self, case: str, ours: Cost, theirs: Cost, target: float, against: str) -> list[str]:
        """A line of the report, printed as well."""
        ratio = ours.processor / theirs.processor
        told = f"{ratio:.2f}", f"< {target:.3g}, {'met' if ratio < target else 'missed'}"
        return self._line(case, ours, f"{theirs.processor:.1f} s ({against})", *told)

    def clock(self, case: str, command: str, where: Mapping[str, str], limit: float) -> list[str]:
        """A line about a command of `lakehouse` after it has run once, by the clock.

        In seconds, because somebody waits for it.
        """
        command_line = [sys.executable, "-m", "orchestration", command]
        cost_of(command_line, PROJECT, where)
        taken = median([cost_of(command_line, PROJECT, where) for _ in range(self.repeats)])
        told = f"< {limit:g} s by the clock, {'met' if taken.wall < limit else 'missed'}"
        return self._line(case, taken, f"{taken.wall:.1f} s (the clock)", "", told)

    def _line(self, case: str, ours: Cost, against: str, ratio: str, target: str) -> list[str]:
        measured = f"{case}, {self.size}", f"{ours.processor:.1f} s"
        cells = [*measured, against, ratio, target, f"{ours.peak:.1f} GiB", str(self.repeats)]
        console.print(" | ".join(cells))
        return cells


def fresh(bench: Bench) -> list[list[str]]:
    """Few rows, nothing there yet: this project, a bare one, and plain SQL."""
    lake = bench.lake("fresh")
    write_sample(lake.landing, scale=bench.scale, until=TODAY)
    lake.build(TODAY.isoformat())
    bare = bare_like(lake, bench.folder / "fresh-bare")
    star = bench.folder / "plain.duckdb"
    ours, theirs, by_sql = in_turn(
        bench.repeats,
        lambda: from_nothing(lake),
        lambda: from_nothing(bare, "build"),
        lambda: by_hand(bench, lake.landing, star),
    )
    return [
        bench.row("everything fresh", ours, theirs, 1.6, "as many bare models and tests"),
        bench.row("everything fresh beside plain SQL", ours, by_sql, NOTEBOOKS / 15, "plain SQL"),
        second_run(bench, lake),
    ]


def full(bench: Bench) -> list[list[str]]:
    """Many rows, nothing there yet: this project and plain SQL."""
    lake = bench.lake("full")
    write_sample(lake.landing, scale=bench.scale, until=TODAY)
    star = bench.folder / "plain.duckdb"
    ours, theirs = in_turn(
        bench.repeats, lambda: from_nothing(lake), lambda: by_hand(bench, lake.landing, star)
    )
    check_equal(star, lake.published, bench.memory_limit)
    lake.forget()
    where_it_goes("full build", lake)
    return [bench.row("full build", ours, theirs, 2.0 if bench.scale < 1000 else 2.5, "plain SQL")]


def day(bench: Bench) -> list[list[str]]:
    """A day onto many rows, with and without all master data: this project and a bare run."""
    lake = bench.lake("day")
    days = iter_days(lake.landing, scale=bench.scale, days=2, until=TODAY)
    next(days)
    lake.build((TODAY - timedelta(days=1)).isoformat())
    bare = bare_like(lake, bench.folder / "day-bare")
    bare.dbt("build")
    shutil.copytree(lake.warehouse, bench.folder / "evening")
    same = copy_of_master_data(lake.landing, bench.folder / "extracts-before")
    for _ in days:
        pass
    fresh = copy_of_master_data(lake.landing, bench.folder / "extracts-after")

    def evening(extracts: Path) -> None:
        shutil.rmtree(lake.warehouse)
        shutil.copytree(bench.folder / "evening", lake.warehouse)
        shutil.copytree(extracts, lake.landing, dirs_exist_ok=True)

    def morning(extracts: Path, *options: str) -> Cost:
        evening(extracts)
        return lake.build(TODAY.isoformat(), *options)

    only_sales = downstream_of(["crm_sales_details"])

    lines, everything, theirs = in_turn(
        bench.repeats,
        lambda: morning(same, *only_sales),
        lambda: morning(fresh),
        lambda: bare.dbt("build"),
    )
    published = {**lake.environment, "LAKEHOUSE_PROJECT_DIR": str(PROJECT)}
    rows = [
        bench.row("one day's lines more", lines, theirs, 1.5, "a bare run"),
        bench.row("one day more, with all master data", everything, theirs, 2.6, "a bare run"),
        bench.clock("the page", "dashboard", published, 2.0),
        second_run(bench, lake),
    ]
    evening(same)
    where_it_goes("day", lake, *only_sales)
    return rows


def copy_of_master_data(landing: Path, folder: Path) -> Path:
    """The files that are full extracts, as they are now."""
    for name in HEADERS.keys() - {SALES}:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(landing / name, folder / name)
    return folder


def second_run(bench: Bench, lake: Lake) -> list[str]:
    """`lakehouse run` after another, with the same files on the same day."""
    return bench.clock("a second run without changes", "run", lake.environment, 1.0)


def month(bench: Bench) -> list[list[str]]:
    """Thirty days one after the other: what the second and the last one cost."""
    lake = bench.lake("month")
    costs = []
    days = iter_days(lake.landing, scale=bench.scale, days=31, until=TODAY)
    for number, arrived in enumerate(days):
        tests = () if number in (0, 1, 30) else ("--exclude-resource-type", "test", "unit_test")
        costs.append(lake.build((arrived.day + timedelta(days=1)).isoformat(), *tests))
        if number == 0:
            bare = bare_like(lake, bench.folder / "month-bare")
            bare.dbt("build")
    theirs = bare.dbt("build")
    return [
        bench.row(f"day {number} of 30", costs[number], theirs, 1.2, "a bare run")
        for number in (1, 30)
    ]


def from_nothing(lake: Lake, *command: str) -> Cost:
    """Build as on a machine that knows nothing yet, or run another command of dbt."""
    lake.forget()
    return lake.dbt(*command) if command else lake.build(TODAY.isoformat())


def by_hand(bench: Bench, landing: Path, star: Path) -> Cost:
    """Make the star by plain SQL, with as much memory."""
    star.unlink(missing_ok=True)
    given = (str(landing), TODAY.isoformat(), str(star), bench.memory_limit)
    return cost_of([sys.executable, "-m", plain.__name__, *given], PROJECT, {})


def check_equal(star: Path, published: Path, memory_limit: str) -> None:
    """Make sure that the two did the same work.

    Raises:
        RuntimeError: when a row differs.
    """
    wrong = {
        table: rows
        for table, rows in plain.different_rows(star, published, memory_limit).items()
        if rows
    }
    if wrong:
        raise RuntimeError(f"plain SQL and the project do not make the same star: {wrong}")


def where_it_goes(block: str, lake: Lake, *options: str) -> None:
    """Build once more, and write down which parts and which nodes took how much of it."""
    whole, parts, nodes = lake.profile(TODAY.isoformat(), *options)
    shares = ((name, seconds / whole) for name, seconds in [*parts, *nodes[:SHOWN]])
    rows = [[name, f"{share:.1%}"] for name, share in shares if share >= SMALLEST]
    for name, share in rows:
        console.print(f"{share:>7}  {name}")
    report.replace_rows(f"parts of a {block}", ("where the time goes", "share"), rows)


CASES: dict[str, tuple[Callable[[Bench], list[list[str]]], float]] = {
    "fresh": (fresh, 1.0),
    "full": (full, 100.0),
    "day": (day, 100.0),
    "month": (month, 10.0),
}
"""How each is measured, and its scale."""


def main() -> None:
    """Measure, print, and write the figures into docs/performance.md."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("cases", nargs="*", help=f"of {', '.join(CASES)}; all without any")
    parser.add_argument("--scale", type=float, help="1 is 60,000 lines; each case has its own")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--memory-limit", default="", help="of DuckDB, such as 4GB")
    parser.add_argument("--folder", type=Path, help="for the files; a large sample takes gigabytes")
    options = parser.parse_args()
    if wrong := set(options.cases) - set(CASES):
        parser.error(f"there is no case {', '.join(sorted(wrong))}")
    for case in options.cases or CASES:
        with tempfile.TemporaryDirectory(prefix="bench-", dir=options.folder) as name:
            run, scale = CASES[case]
            scale = options.scale or scale
            bench = Bench(Path(name), scale, options.repeats, options.memory_limit)
            console.print(f"{case}, {bench.size}")
            report.write_rows("build", MEASURED, run(bench))
    report.replace_rows("machine", ("measured on",), [[report.machine()]])


if __name__ == "__main__":
    main()
