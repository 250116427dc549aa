"""Mutation tests: changes one expression of the models at a time, and says which check fails.

`make mutants` tries every mutant and writes `docs/mutation_tests.md`; `make mutants SAMPLE=30`
tries some, chosen at random. It fails when a mutant survives that `survivors.yml` does not explain.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from rich.console import Console

from orchestration.packages import DBT, ENVIRONMENT_VARIABLE, packages_dir
from sales_sample import write_sample
from tools.mutants.harness import Harness, Mutant, Outcome

PROJECT = Path(__file__).resolve().parents[2]
SURVIVORS = Path(__file__).with_name("survivors.yml")
REPORT = PROJECT / "docs" / "mutation_tests.md"
SCALE = 0.1
SEED = 1

INTRODUCTION = f"""# Mutation tests

`make mutants` changes one expression of the models at a time, by rule, over the syntax tree of the
SQL that dbt compiles, and runs the checks on it: the unit tests, the build with its contracts, the
data tests, and the tests that compare gold with the known truth of the sample (scale {SCALE:g}).
A mutant is killed when a check fails. What a macro writes into several places changes in all of
them. `make mutants SAMPLE=30 SEED=7` tries some, chosen at random, as `make test-slow` does.

Left out: the bronze models, which read the files, the snapshots, which have no SQL of their own,
what only a later run executes and no unit test shows, hooks, and the SQL of Databricks alone.

A survivor has a reason in `tools/mutants/survivors.yml`: it is equivalent (no input can show a
difference), it is accepted (other tests cover it, or the difference does not matter), or it is a
gap (no check states this yet). Accepted ones and gaps count as not killed.
"""

#: What may be said of survivors, and its heading in the report.
VERDICTS = {"equivalent": "Equivalent", "accepted": "Accepted", "gap": "Gaps"}


@dataclass(frozen=True)
class Reason:
    """Why some mutants may survive."""

    verdict: str
    """One of VERDICTS."""
    text: str
    mutants: tuple[str, ...]
    """Their names; `*` stands for any text."""

    def explains(self, outcome: Outcome) -> bool:
        """Whether a survivor is one of them."""
        return any(re.fullmatch(p, str(outcome.mutant)) for p in self._patterns)

    @property
    def _patterns(self) -> Iterator[str]:
        return (re.escape(name).replace(r"\*", ".*") for name in self.mutants)


UNEXPLAINED = Reason("", "none", ("*",))


def read_reasons() -> list[Reason]:
    """All reasons, as `survivors.yml` has them."""
    entries = yaml.safe_load(SURVIVORS.read_text(encoding="utf-8")) or []
    return [Reason(e["verdict"], e["reason"], tuple(e["mutants"])) for e in entries]


def build_sample(root: Path) -> Path:
    """Write sample files into an empty folder, and build and test the project on them.

    Returns:
        What dbt wrote.
    """
    target = root / "target"
    write_sample(root / "landing", scale=SCALE)
    (root / "warehouse").mkdir()
    (root / "profiles.yml").write_bytes((PROJECT / "profiles.yml.example").read_bytes())
    environment = {
        "LAKEHOUSE_LANDING": str(root / "landing"),
        "LAKEHOUSE_DUCKDB": str(root / "warehouse" / "lakehouse.duckdb"),
        "LAKEHOUSE_PUBLISHED": str(root / "warehouse" / "published.duckdb"),
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(target / "logs"),
        ENVIRONMENT_VARIABLE: str(packages_dir(PROJECT)),
    }
    command = [*DBT, "--quiet", "build", "--project-dir", str(PROJECT), "--profiles-dir", str(root)]
    # As after every change of the code, the tests look at all rows.
    command += ["--vars", "test_everything: true"]
    subprocess.run(command, cwd=PROJECT, env=os.environ | environment, check=True)
    return target


def choose(mutants: Sequence[Mutant], number: int, seed: int) -> list[Mutant]:
    """Some mutants, chosen at random; the same ones for the same seed."""
    return random.Random(seed).sample(mutants, min(number, len(mutants)))


def unexplained(outcomes: Iterable[Outcome], reasons: Sequence[Reason]) -> list[Outcome]:
    """The survivors that no reason explains."""
    return [o for o in outcomes if o.survived and not any(r.explains(o) for r in reasons)]


def report(outcomes: Sequence[Outcome], reasons: Sequence[Reason]) -> str:
    """The result of all valid mutants as Markdown."""
    survivors = [each for each in outcomes if each.survived]
    explained = Counter(
        next(reason for reason in (*reasons, UNEXPLAINED) if reason.explains(each))
        for each in survivors
    )
    equivalent = sum(n for reason, n in explained.items() if reason.verdict == "equivalent")
    killed = len(outcomes) - len(survivors)
    lines = [
        INTRODUCTION,
        f"{len(outcomes):,} mutants: {killed:,} killed, {equivalent:,} equivalent,"
        f" {len(survivors) - equivalent:,} survived. That is {share(killed, outcomes)} of all, and"
        f" {share(killed, range(len(outcomes) - equivalent))} of those that are not equivalent.",
        "",
        *table("killed by", Counter(each.by for each in outcomes if each.by)),
        "## Rules",
        "",
        "| rule | mutants | killed |",
        "|---|---:|---:|",
    ]
    tried, gone = (
        Counter(each.mutant.key.rule for each in some)
        for some in (outcomes, [o for o in outcomes if not o.survived])
    )
    lines += [f"| {rule} | {n:,} | {gone[rule]:,} |" for rule, n in tried.most_common()]
    for verdict, title in VERDICTS.items():
        chosen = {r.text: n for r, n in explained.items() if r.verdict == verdict}
        lines += ["", f"## {title}", "", *table("reason", Counter(chosen))]
    if missed := unexplained(outcomes, reasons):
        lines += ["", "## Not explained", "", *(f"- `` {each.mutant} ``" for each in missed)]
    return "\n".join(lines).rstrip() + "\n"


def share(part: int, whole: Sequence[object]) -> str:
    """A part of a whole in percent."""
    return f"{100 * part / len(whole):.1f} %"


def table(title: str, counts: Counter[str]) -> list[str]:
    """Counts as a Markdown table, the highest first."""
    rows = (f"| {name} | {n:,} |" for name, n in counts.most_common())
    return [f"| {title} | mutants |", "|---|---:|", *rows, ""]


def main() -> int:
    """Try the mutants; 0 when each was killed or is explained."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--sample", type=int, help="try so many, chosen at random")
    parser.add_argument("--seed", type=int, default=SEED, help="of the choice")
    parser.add_argument("--only", default="", help="try those whose name begins so")
    options = parser.parse_args()
    console = Console(soft_wrap=True, highlight=False, markup=False)
    reasons = read_reasons()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        harness = Harness(Path(folder), build_sample(Path(folder)))
        mutants = [each for each in harness.mutants() if str(each).startswith(options.only)]
        if options.sample is not None and options.sample < len(mutants):
            console.print(f"{options.sample} of {len(mutants)} mutants, seed {options.seed}")
            mutants = choose(mutants, options.sample, options.seed)
        outcomes: list[Outcome] = []
        for number, mutant in enumerate(mutants, start=1):
            outcomes.append(harness.outcome(mutant))
            if unexplained(outcomes[-1:], reasons):
                console.print(f"survived: {mutant}")
            if number % 100 == 0:
                console.print(f"{number} of {len(mutants)} in {time.monotonic() - began:.0f} s")
    tried = [each for each in outcomes if each.is_valid]
    killed = sum(not each.survived for each in tried)
    console.print(f"{killed} of {len(tried)} mutants killed in {time.monotonic() - began:.0f} s")
    if options.sample is None and not options.only:
        REPORT.write_text(report(tried, reasons), encoding="utf-8")
        for reason in reasons:
            if not any(each.survived and reason.explains(each) for each in tried):
                console.print(f"no survivor is left for: {reason.text}")
    return 1 if unexplained(tried, reasons) else 0


if __name__ == "__main__":
    sys.exit(main())
