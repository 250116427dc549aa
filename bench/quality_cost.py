"""What judging costs: the same build with and without it, on the same files, in turn.

`make bench-quality` writes six million sales lines with defects, builds them as they are, and
builds them in a copy of the project that types, cleans, repairs and rejects rows all the same, but
writes no findings and has no quality models. The share is what the first takes more, by the time
in its nodes; dbt's own start is left out on both sides. Compare shares, not seconds: they are of
the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from orchestration.packages import DBT, packages_dir
from orchestration.sample import write_sample

PROJECT = Path(__file__).resolve().parents[1]
PARTS = (
    ".dbtignore",
    "dbt_project.yml",
    "packages.yml",
    "macros",
    "models",
    "seeds",
    "snapshots",
    "tests",
)
JUDGE = Path("macros/quality/judge.sql")
LIMIT = 1 / 3

#: What finds and counts: with this in place of the rules' conditions nothing is ever written down.
FINDS = "when {{ listed | map(attribute='id') | join(' or ') }}"
COUNTS = "when {{ counted | join(' or ') }}"
NEVER = "when false"


@dataclass(frozen=True)
class Build:
    """Seconds spent in the nodes of a build, by what they are for."""

    models: float
    tests: float
    quality: float
    """Of the models: those of the folder quality."""
    lines: int

    @property
    def total(self) -> float:
        """Seconds in models and tests."""
        return self.models + self.tests


def copy_project(folder: Path) -> Path:
    """Copy what dbt needs."""
    folder.mkdir()
    for part in PARTS:
        source = PROJECT / part
        if source.is_dir():
            shutil.copytree(source, folder / part)
        else:
            shutil.copy2(source, folder / part)
    shutil.copy2(PROJECT / "profiles.yml.example", folder / "profiles.yml")
    return folder


def stop_judging(project: Path) -> None:
    """Let the rules of a copy find and count nothing.

    Raises:
        ValueError: when the macro does not read as expected.
    """
    path = project / JUDGE
    text = path.read_text(encoding="utf-8")
    if text.count(FINDS) != 1 or text.count(COUNTS) != 1:
        raise ValueError(f"{JUDGE} does not read as this benchmark expects")
    path.write_text(text.replace(FINDS, NEVER).replace(COUNTS, NEVER), encoding="utf-8")


def build(project: Path, landing: Path, judged: bool) -> Build:
    """Build from nothing, one node after the other, so that each node's time is its own.

    Raises:
        RuntimeError: when the build fails.
    """
    shutil.rmtree(project / "warehouse", ignore_errors=True)
    (project / "warehouse").mkdir()
    build_all = [*DBT, "--quiet", "build", "--threads", "1", "--exclude-resource-type", "unit_test"]
    left_out = [] if judged else ["--exclude", "path:models/quality+"]
    done = subprocess.run(
        [*build_all, *left_out],
        cwd=project,
        env=os.environ
        | {
            "LAKEHOUSE_LANDING": str(landing),
            "LAKEHOUSE_DUCKDB": str(project / "warehouse" / "lakehouse.duckdb"),
            "LAKEHOUSE_PUBLISHED": str(project / "warehouse" / "published.duckdb"),
            "DBT_TARGET_PATH": str(project / "target"),
            "DBT_PACKAGES_DIR": str(packages_dir(PROJECT)),
            "DBT_PROFILES_DIR": str(project),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the build failed:\n{done.stdout}{done.stderr}")
    target = project / "target"
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    nodes = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]

    def seconds(wanted: Callable[[str], bool]) -> float:
        return sum(float(r["execution_time"]) for r in results if wanted(r["unique_id"]))

    return Build(
        models=seconds(lambda name: not name.startswith("test.")),
        tests=seconds(lambda name: name.startswith("test.")),
        quality=seconds(
            lambda name: (
                name.startswith("model.")
                and nodes[name]["original_file_path"].startswith("models/quality/")
            )
        ),
        lines=count_lines(landing),
    )


def count_lines(landing: Path) -> int:
    """Sales lines in the landing folder."""
    files = (landing / "source_crm").glob("sales_details*.csv")
    return sum(file.read_bytes().count(b"\n") - 1 for file in files)


def compare(
    landing: Path, repeats: int, folder: Path, console: Console
) -> list[tuple[Build, Build]]:
    """Build with and without judging, in turn."""
    with_it = copy_project(folder / "with")
    without_it = copy_project(folder / "without")
    stop_judging(without_it)
    pairs = []
    for number in range(1, repeats + 1):
        pair = build(with_it, landing, judged=True), build(without_it, landing, judged=False)
        pairs.append(pair)
        console.print(
            f"{number} of {repeats}: {pair[0].total:.1f} s with, {pair[1].total:.1f} s without"
        )
    return pairs


def show(pairs: list[tuple[Build, Build]], console: Console) -> float:
    """Print the medians; the share of the whole build that judging takes."""
    table = Table("", "with judging", "without", "share of judging")
    shares = {}
    for label in ("models", "tests", "total"):
        seconds = [tuple(float(getattr(side, label)) for side in pair) for pair in pairs]
        full, bare = (statistics.median(pair[side] for pair in seconds) for side in (0, 1))
        shares[label] = statistics.median(1 - pair[1] / pair[0] for pair in seconds)
        table.add_row(label, f"{full:.1f} s", f"{bare:.1f} s", f"{shares[label]:.0%}")
    console.print(f"{pairs[0][0].lines:,} sales lines, medians of {len(pairs)}")
    console.print(table)
    quality = statistics.median(pair[0].quality for pair in pairs)
    console.print(f"The models of the folder quality take {quality:.1f} s of it.")
    return shares["total"]


def main() -> int:
    """Measure; 1 when judging costs a third of the build or more."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--scale", type=float, default=100, help="of the sample; 1 is 60,000 lines")
    parser.add_argument("--landing", type=Path, help="files that are there already")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        landing = options.landing or folder / "landing"
        if not options.landing:
            console.print(f"Writing sample files, scale {options.scale:g}")
            write_sample(landing, scale=options.scale)
        share = show(compare(landing.resolve(), options.repeats, folder, console), console)
    console.print(f"Limit: {LIMIT:.0%}. " + ("Kept." if share < LIMIT else "[red]Not kept.[/]"))
    return 0 if share < LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
