"""An odd value never stops a build: it is used as it is, repaired on record, or quarantined."""

from __future__ import annotations

import csv
import io
import itertools
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.python.conftest import HEADERS, PROJECT, ROWS
from tests.python.lake import Lake

DAY = date(2026, 11, 23)
MODIFIED = datetime(2026, 11, 22, 6)
GIVEN = yaml.safe_load(Path(__file__).with_name("odd_values.yml").read_text(encoding="utf-8"))
ODD = [*itertools.chain(*GIVEN["values"]), "9" * 40, "-" + "9" * 40, "x" * 200_000]
SOURCES: dict[str, dict[str, Any]] = GIVEN["sources"]
"""Where each source's rows go."""


def odd_rows(name: str) -> str:
    """The good row of a source, then a row for each column and odd value."""
    good = next(csv.reader([ROWS[name]]))
    rows = [good]
    for column in range(len(good)):
        for value in ODD:
            row, number = list(good), 20_000 + len(rows)
            letters = chr(65 + len(rows) // 26) + chr(65 + len(rows) % 26)
            for place, form in SOURCES[name]["key"].items():
                row[place] = form.format(number=number, letters=letters)
            row[column] = value
            rows.append(row)
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().removesuffix("\r\n")


def is_unchanged(text: str | None, value: str | None) -> bool:
    """Whether a value says what the file says: the same text, number or day, or nothing."""
    blank = (text or "").replace("\u00a0", " ").strip(" ")
    if value in (None, "n/a"):
        return blank in ("", "n/a")
    assert value is not None
    try:
        return blank == value or Decimal(blank) == Decimal(value)
    except InvalidOperation:
        return blank == value.replace("-", "")


@pytest.mark.slow
def test_an_odd_value_stops_nothing_and_is_accounted_for(lake: Lake) -> None:
    for name in SOURCES:
        lake.land(name, [odd_rows(name)], MODIFIED)
    lake.build(DAY)
    lake.test(DAY, "--exclude", "rule_results")  # far more rows are odd than a run allows
    with (PROJECT / "seeds" / "data_quality_rules.csv").open(encoding="utf-8", newline="") as file:
        columns = {rule["rule_id"]: rule["column_name"] for rule in csv.DictReader(file)}
    changed = []
    for name, source in SOURCES.items():
        for text_column, column in zip(
            HEADERS[name].split(","), source["columns"].split(), strict=True
        ):
            if column == "-":
                continue
            rows = lake.query(
                f"""
                select raw.{text_column}, cast(row.{column} as varchar), coalesce(row.counted, '')
                from bronze.{source["bronze"]} as raw
                inner join silver.{source["silver"]} as row using (_source_file, _row_number)
                where not row.is_quarantined and row.violations is null
                """,
                "lakehouse",
            )
            for text, value, counted in rows:
                on_record = any(
                    columns[rule] == column or rule.endswith("_trimmed") for rule in counted.split()
                )
                if text in ODD and not on_record and not is_unchanged(text, value):
                    changed.append((text_column, text, value))
    assert changed == []
