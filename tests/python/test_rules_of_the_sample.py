"""The sample breaks the rules of this project's catalogue."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

from sales_sample import write_sample
from tests.python.conftest import PROJECT


def test_every_rule_of_the_catalogue_is_broken_somewhere(tmp_path: Path) -> None:
    with (PROJECT / "seeds" / "data_quality_rules.csv").open(encoding="utf-8", newline="") as file:
        rules = {row["rule_id"] for row in csv.DictReader(file) if row["action"] != "count"}
    defects = set(write_sample(tmp_path, until=date(2026, 11, 23)).defects)
    assert defects <= rules
    # A rule that is newer than the sample is broken in a unit test.
    unit_tests = "".join(
        path.read_text(encoding="utf-8") for path in (PROJECT / "models").rglob("*_unit_tests.yml")
    )
    assert [rule for rule in rules - defects if rule not in unit_tests] == []
