"""Breaks the project in many ways, one at a time, on a copy, and says which test catches each.

`make drill` takes some minutes and writes its result to `docs/drill.md`. A break that nothing
catches makes it fail.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from rich.console import Console

from orchestration.packages import DBT, packages_dir
from orchestration.sample import write_sample

PROJECT = Path(__file__).resolve().parents[2]
BREAKS = Path(__file__).with_name("breaks.yml")
REPORT = PROJECT / "docs" / "drill.md"
SCALE = 0.1

INTRODUCTION = f"""# The last drill

`make drill` breaks the project in the ways listed in `tests/drill/breaks.yml`, one at a time, on a
copy, and runs it on sample files (scale {SCALE:g}). This is what caught each break: tests and
contracts of the build first, then, for what no build can see, the Python tests.
"""


@dataclass(frozen=True)
class Break:
    """One way to break the project."""

    name: str
    file: Path
    find: str
    replace: str
    pytest: list[str] = field(default_factory=list)
    """Tests to run when the build notices nothing."""

    def apply(self, project: Path) -> None:
        """Write the break into a copy.

        Raises:
            ValueError: when the text to replace is not there exactly once.
        """
        path = project / self.file
        text = path.read_text(encoding="utf-8")
        if (found := text.count(self.find)) != 1:
            raise ValueError(
                f"{self.name}: the text to replace stands {found} times in {self.file}"
            )
        path.write_text(text.replace(self.find, self.replace), encoding="utf-8")


def read_breaks() -> list[Break]:
    """All breaks, as `breaks.yml` has them."""
    return [
        Break(
            entry["break"],
            Path(entry["file"]),
            entry["find"],
            entry["replace"],
            entry.get("pytest", []),
        )
        for entry in yaml.safe_load(BREAKS.read_text(encoding="utf-8"))
    ]


def copy_project(target: Path) -> None:
    """Copy the files git knows or would take, without what a run makes."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (PROJECT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, target / name)
    shutil.copy2(target / "profiles.yml.example", target / "profiles.yml")


def catchers(project: Path, landing: Path, planned: Break | None) -> list[str]:
    """The tests that fail in a copy; [] when none does."""
    shutil.rmtree(project / "warehouse", ignore_errors=True)
    (project / "warehouse").mkdir()
    environment = os.environ | {
        "LAKEHOUSE_LANDING": str(landing),
        "DBT_PACKAGES_DIR": str(packages_dir(PROJECT)),
        "DBT_PROFILES_DIR": str(project),
        "PYTHONPATH": str(project),
    }
    results = project / "target" / "run_results.json"
    results.unlink(missing_ok=True)
    done = subprocess.run(
        [*DBT, "--quiet", "build"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
    )
    if not results.exists():
        return [f"dbt does not start: {done.stdout.strip().splitlines()[-1]}"]
    failed = [
        result["unique_id"]
        for result in json.loads(results.read_text(encoding="utf-8"))["results"]
        if result["status"] in ("fail", "error")
    ]
    if failed or planned is None or not planned.pytest:
        return sorted({readable(name) for name in failed})
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *planned.pytest],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
    )
    return [
        line.removeprefix("FAILED ").removeprefix("ERROR ").partition(" - ")[0]
        for line in tested.stdout.splitlines()
        if line.startswith(("FAILED", "ERROR"))
    ]


def readable(unique_id: str) -> str:
    """`test.sales_lakehouse.not_null_fact_sales_price.5c4` -> `not_null_fact_sales_price`."""
    kind, _, rest = unique_id.partition(".")
    parts = rest.split(".")
    return (
        f"{kind.replace('_', ' ')} {parts[-2] if kind == 'test' and len(parts) > 2 else parts[-1]}"
    )


def main() -> int:
    """Run the drill; 0 when every break was caught."""
    console = Console()
    breaks = read_breaks()
    started = time.monotonic()
    rows: list[tuple[str, list[str]]] = []
    with tempfile.TemporaryDirectory(prefix="drill-") as folder:
        landing = Path(folder) / "landing"
        write_sample(landing, scale=SCALE)
        project = Path(folder) / "project"
        copy_project(project)
        if found := catchers(project, landing, None):
            console.print(f"[red]The project fails before it is broken: {', '.join(found)}")
            return 1
        for number, planned in enumerate(breaks, start=1):
            original = (project / planned.file).read_text(encoding="utf-8")
            planned.apply(project)
            found = catchers(project, landing, planned)
            (project / planned.file).write_text(original, encoding="utf-8")
            rows.append((planned.name, found))
            verdict = f"caught by {found[0]}" if found else "[red]not caught"
            console.print(f"{number:>2} of {len(breaks)}  {planned.name}: {verdict}")
    write_report(rows)
    missed = [name for name, found in rows if not found]
    console.print(
        f"{len(rows) - len(missed)} of {len(rows)} breaks caught"
        f" in {dt.timedelta(seconds=round(time.monotonic() - started))}; see {REPORT.name}"
    )
    return 1 if missed else 0


def write_report(rows: list[tuple[str, list[str]]]) -> None:
    """Write what caught each break to `docs/drill.md`."""
    lines = [INTRODUCTION, "| break | caught by |", "|---|---|"]
    for name, found in rows:
        shown = "<br>".join(f"`{test}`" for test in found[:3]) or "**nothing**"
        more = f"<br>and {len(found) - 3} more" if len(found) > 3 else ""
        lines.append(f"| {name} | {shown}{more} |")
    REPORT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
