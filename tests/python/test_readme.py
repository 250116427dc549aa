"""Every figure of the README is what the project says of itself today."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
import yaml

from tests.python import test_bootcamp, test_kills
from tests.python.conftest import PROJECT

DOCS = PROJECT / "docs"
README = (PROJECT / "README.md").read_text(encoding="utf-8")
DIFFERENT = README.partition("## What makes it different")[2].partition("## ")[0]


def benchmark_questions() -> int:
    text = (PROJECT / "genie" / "benchmarks.yml").read_text(encoding="utf-8")
    return len(yaml.safe_load(text)["benchmarks"])


def rules() -> int:
    with (PROJECT / "seeds" / "data_quality_rules.csv").open(encoding="utf-8", newline="") as seed:
        return sum(1 for _ in csv.DictReader(seed))


def mutants() -> tuple[str, str]:
    """How many the last run tried, and the share killed of those that are not equivalent."""
    text = (DOCS / "mutation_tests.md").read_text(encoding="utf-8")
    found = re.search(r"([\d,]+) mutants: .*? and ([\d.]+) % of those", text, re.DOTALL)
    assert found
    return found[1], found[2]


def compared_tables() -> int:
    parity = (PROJECT / "tests" / "warehouse" / "test_parity.py").read_text(encoding="utf-8")
    found = re.search(r"^MINIMUM_TABLES = (\d+)$", parity, re.MULTILINE)
    assert found
    return int(found[1])


def figures() -> list[str]:
    """Each figure with the words it stands among, in the order of the README."""
    lines, *_ = test_bootcamp.FIGURES["sales"]["row"]
    stated, repaired, _, published, _ = test_bootcamp.FIGURES["money"]["row"]
    return [
        f"{rules()} rules validate the files",
        f"{lines:,} sales lines land and {lines:,} are published",
        f"{stated:,} as stated and {repaired:,} of repairs make {published:,}",
        f"makes {mutants()[0]} mutants",
        f"notice {mutants()[1]} % of those",
        f"at {sum(test_kills.KILLS.values()) + test_kills.PUBLISHING} moments",
        f"compares more than {compared_tables()} tables",
        f"{benchmark_questions()} benchmark questions",
    ]


def test_every_figure_is_true() -> None:
    text = " ".join(README.split())
    assert [words for words in figures() if words not in text] == []


def test_no_figure_is_left_unchecked() -> None:
    rest = " ".join(DIFFERENT.split())
    for words in figures():
        rest = rest.replace(words, "")
    # Neither a figure of the project: a question somebody asks.
    rest = rest.replace("top 10 products", "")
    assert re.findall(r"(?<![\w/])\d[\d,.]*", rest) == []


def test_a_claim_has_a_command_or_a_page_that_shows_it() -> None:
    claims = DIFFERENT.strip().split("\n- ")
    assert len(claims) >= 7
    for claim in claims:
        assert re.search(r"`(make|lakehouse) |\]\(docs/", claim), claim


@pytest.mark.parametrize("guide", sorted(DOCS.glob("*.md")), ids=lambda path: path.stem)
def test_the_readme_leads_to_every_guide(guide: Path) -> None:
    assert f"(docs/{guide.name})" in README


def test_what_the_readme_leads_to_is_there() -> None:
    targets = re.findall(r"\]\(([^)#]+)", README)
    assert [target for target in targets if not (PROJECT / target).exists()] == []
