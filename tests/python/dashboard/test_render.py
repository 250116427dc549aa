"""The project's page: its size, and whom it names."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb

from lvdash import RenderReport

MODEL = re.compile(r'<script type="application/json" id="model">(.*?)</script>', re.DOTALL)


def test_the_size_of_the_page(sample_report: RenderReport, bootcamp_report: RenderReport) -> None:
    for report in (sample_report, bootcamp_report):
        assert report.findings == []
        assert report.size < 2_000_000
        assert max(report.rows.values()) <= 100_000


def test_the_page_holds_no_more_customers_than_it_shows(
    bootcamp_report: RenderReport, published_bootcamp: Path
) -> None:
    text = bootcamp_report.page.read_text(encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{published_bootcamp}' as p (read_only)")
        everybody = connection.execute(
            "select customer_number, first_name || ' ' || last_name from p.gold.dim_customers"
        ).fetchall()
        listed = connection.execute(
            "select distinct customer_number, listed_as = 'Largest' from p.gold.dashboard_customers"
        ).fetchall()
    numbers = {number for number, _ in everybody if f'"{number}"' in text}
    names = {name for _, name in everybody if f'"{name}"' in text}
    assert numbers == {number for number, is_largest in listed if is_largest}
    assert len(names) <= len({number for number, _ in listed}) < 500
    # columns that are not names either: no key and no birth date of a single person
    model = MODEL.search(text)
    assert model
    for data in json.loads(model[1])["datasets"].values():
        assert not {"customer_key", "customer_id", "birthdate"} & data["columns"].keys()
