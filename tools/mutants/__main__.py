"""Breaks the project in many ways, one at a time, on a copy, and says which test catches each.

`make mutants` takes some minutes and writes its result to `docs/mutation_tests.md`. A break that
nothing catches makes it fail.
"""

from __future__ import annotations

import argparse
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
from sales_sample import write_sample

PROJECT = Path(__file__).resolve().parents[2]
BREAKS = Path(__file__).with_name("breaks.yml")
REPORT = PROJECT / "docs" / "mutation_tests.md"
SCALE = 0.1

INTRODUCTION = f"""# Mutation tests

`make mutants` changes the project in each way listed in `tools/mutants/breaks.yml`, one at a
time, on a copy, and runs it on sample files (scale {SCALE:g}). The table shows which test caught
each change: first the tests and contracts of the build; if the build cannot see a change, the
Python tests named for it.
"""

#: Where a change concerns how files are read or what a build is, dbt cannot tell which models it
#: touches: everything is rebuilt.
CONCERNS_EVERYTHING = ("macros/engine/", "macros/ingest/", "dbt_project.yml")


@dataclass(frozen=True)
class Break:
    """One way to break the project."""

    name: str
    file: Path
    find: str
    replace: str
    pytest: list[str] = field(default_factory=list)
    """Tests to run when the build notices nothing."""

    @property
    def concerns_everything(self) -> bool:
        """Whether all has to be built, not only what has changed and what follows from it."""
        return self.file.as_posix().startswith(CONCERNS_EVERYTHING)

    def check(self, project: Path) -> None:
        """Make sure that the break can be made.

        Raises:
            ValueError: when the text to replace is not there exactly once.
        """
        found = (project / self.file).read_text(encoding="utf-8").count(self.find)
        if found != 1:
            raise ValueError(
                f"{self.name}: the text to replace stands {found} times in {self.file}"
            )

    def apply(self, project: Path) -> None:
        """Write the break into a copy."""
        path = project / self.file
        text = path.read_text(encoding="utf-8")
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


@dataclass(frozen=True)
class Course:
    """The copy that is broken, the sample it runs on, and how things stood before."""

    project: Path
    landing: Path
    sound: Path
    """What the build of the unbroken copy left: `warehouse` and dbt's `target`."""

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that keep everything inside the copy."""
        return os.environ | {
            "LAKEHOUSE_PROJECT_DIR": str(self.project),
            "LAKEHOUSE_LANDING": str(self.landing),
            "LAKEHOUSE_DUCKDB": str(self.project / "warehouse" / "lakehouse.duckdb"),
            "LAKEHOUSE_PUBLISHED": str(self.project / "warehouse" / "published.duckdb"),
            "DBT_TARGET_PATH": str(self.project / "target"),
            "DBT_PACKAGES_DIR": str(packages_dir(PROJECT)),
            "DBT_PROFILES_DIR": str(self.project),
            "PYTHONPATH": str(self.project),
        }

    def prepare(self) -> list[str]:
        """Build the unbroken copy and keep the result; what fails already."""
        failed = self.build()
        for name in ("warehouse", "target"):
            shutil.copytree(self.project / name, self.sound / name)
        return failed

    def catchers(self, planned: Break) -> list[str]:
        """Break the copy, and put it right again; the tests that fail meanwhile."""
        original = (self.project / planned.file).read_text(encoding="utf-8")
        planned.apply(self.project)
        try:
            failed = self.build(only_changed=not planned.concerns_everything)
            if not failed and planned.pytest:
                failed = self.test(planned.pytest)
            return failed
        finally:
            (self.project / planned.file).write_text(original, encoding="utf-8")

    def build(self, only_changed: bool = False) -> list[str]:
        """Run `dbt build`, on nothing or what differs from the unbroken copy on its result.

        It ends with the first failure; the names of those that failed until then.
        """
        warehouse = self.project / "warehouse"
        shutil.rmtree(warehouse, ignore_errors=True)
        select: list[str] = []
        if only_changed:
            shutil.copytree(self.sound / "warehouse", warehouse)
            select = ["--select", "state:modified+", "--state", str(self.sound / "target")]
            select += ["--full-refresh"]  # what has been built already would hide the break
        else:
            warehouse.mkdir()
        # A test that breaks, instead of failing, leaves no results behind when the first failure
        # ends the build.
        nodes = self._results([*select, "--fail-fast"])
        if nodes is None:
            nodes = self._results(select)
        if nodes is None:
            raise RuntimeError("dbt does not start, so no test has seen the break")
        if only_changed and not nodes:
            return self.build()
        return sorted({readable(n["unique_id"]) for n in nodes if n["status"] in ("fail", "error")})

    def _results(self, arguments: list[str]) -> list[dict[str, str]] | None:
        """Run `dbt build`; what became of each node, or nothing when none was reached."""
        results = self.project / "target" / "run_results.json"
        results.unlink(missing_ok=True)
        self._run([*DBT, "--quiet", "build", *arguments])
        if not results.exists():
            return None
        nodes: list[dict[str, str]] = json.loads(results.read_text(encoding="utf-8"))["results"]
        return nodes

    def test(self, tests: list[str]) -> list[str]:
        """Run Python tests in the copy, up to the first failure."""
        options = ["-q", "-x", "-p", "no:cacheprovider"]
        done = self._run([sys.executable, "-m", "pytest", *options, *tests])
        if done.returncode not in (0, 1):  # 1: a test failed
            raise RuntimeError(f"pytest {' '.join(tests)} cannot run:\n{done.stdout}{done.stderr}")
        return [
            line.removeprefix("FAILED ").removeprefix("ERROR ").partition(" - ")[0]
            for line in done.stdout.splitlines()
            if line.startswith(("FAILED", "ERROR"))
        ]

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.project,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


def readable(unique_id: str) -> str:
    """`test.sales_lakehouse.not_null_fact_sales_price.5c4` -> `not_null_fact_sales_price`."""
    kind, _, rest = unique_id.partition(".")
    parts = rest.split(".")
    return (
        f"{kind.replace('_', ' ')} {parts[-2] if kind == 'test' and len(parts) > 2 else parts[-1]}"
    )


def main() -> int:
    """Run the mutation tests; 0 when every break was caught."""
    argparse.ArgumentParser(prog="make mutants", description=__doc__).parse_args()
    console = Console(soft_wrap=True, highlight=False)
    breaks = read_breaks()
    started = time.monotonic()
    rows: list[tuple[str, list[str]]] = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        course = Course(*(Path(folder) / name for name in ("project", "landing", "sound")))
        write_sample(course.landing, scale=SCALE)
        copy_project(course.project)
        for planned in breaks:
            planned.check(course.project)
        if found := course.prepare():
            console.print(f"[red]The project fails before it is broken: {', '.join(found)}")
            return 1
        for number, planned in enumerate(breaks, start=1):
            found = course.catchers(planned)
            rows.append((planned.name, found))
            verdict = f"caught by {found[0]}" if found else "[red]not caught[/]"
            more = f" and {len(found) - 1} more" if len(found) > 1 else ""
            console.print(f"{number:>2} of {len(breaks)}  {planned.name}: {verdict}{more}")
    write_report(rows)
    missed = [name for name, found in rows if not found]
    console.print(
        f"{len(rows) - len(missed)} of {len(rows)} breaks caught"
        f" in {dt.timedelta(seconds=round(time.monotonic() - started))}; see {REPORT.name}"
    )
    return 1 if missed else 0


def write_report(rows: list[tuple[str, list[str]]]) -> None:
    """Write what caught each break to `docs/mutation_tests.md`."""
    caught = sum(bool(found) for _, found in rows)
    lines = [INTRODUCTION, f"{caught} of {len(rows)} breaks were caught.", ""]
    lines += ["| break | caught by |", "|---|---|"]
    for name, found in rows:
        shown = "<br>".join(f"`{test}`" for test in found[:3]) or "**nothing**"
        more = f"<br>and {len(found) - 3} more" if len(found) > 3 else ""
        lines.append(f"| {name} | {shown}{more} |")
    REPORT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
