"""What was broken in the sample is found, nothing else is reported, and gold is the truth again.

The sample writes down which defect it put where, the star it started from, and the few values that
nothing can bring back. The whole pipeline runs on it, for several seeds.
"""

from __future__ import annotations

import csv
import functools
import itertools
import re
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pytest

from sales_sample import write_sample
from tests.python.conftest import shared_lake
from tests.python.lake import Lake

SCALE = 0.1
UNTIL = date(2026, 11, 27)

#: Tables of the star as gold has them, in the truth's own columns; everything as text.
STAR = {
    "fact_sales": (
        ("order_number", "product_number"),
        """
        select
            sales.* exclude (sales_amount, price),
            cast(sales.sales_amount as double) as sales_amount,
            cast(sales.price as double) as price,
            products.product_number,
            customers.customer_id
        from gold.fact_sales as sales
        inner join gold.dim_products as products on sales.product_key = products.product_key
        inner join gold.dim_customers as customers on sales.customer_key = customers.customer_key
        """,
    ),
    "dim_customers": (("customer_id",), "select * from gold.dim_customers"),
    "dim_products": (
        ("product_number",),
        "select * exclude (cost), cast(cost as double) as cost from gold.dim_products",
    ),
}
NUMBERS = {"sales_amount", "price", "cost"}

#: Rules whose violations state more than the broken field, or state it as it is read.
STATED_OTHERWISE = {
    *("category_ambiguous", "customer_name_control_characters", "customer_name_too_long"),
    *("duplicate_line_conflicting", "erp_customer_duplicate", "location_duplicate"),
    *("due_before_ship", "ship_before_order"),
    *("product_category_corrected", "product_category_unknown", "product_line_unmapped"),
}


@dataclass(frozen=True)
class Build:
    """A sample, its truth, and a connection to what was published from it."""

    truth: Path
    gold: duckdb.DuckDBPyConnection


@pytest.fixture(
    params=[
        "shared",
        *(pytest.param(each, marks=pytest.mark.slow) for each in ((11, 1), (5, 12))),
    ]
)
def build(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The sample that most tests share, and others with another seed, or in daily files."""
    if request.param == "shared":
        published: Path = request.getfixturevalue("published_sample")
        truth = published.parents[1] / "landing" / ".truth"
        return Build(truth, duckdb.connect(str(published), read_only=True))
    return _built(*request.param, shared_lake(tmp_path_factory.getbasetemp() / "lake"))


@functools.cache
def _built(seed: int, days: int, lake: Lake) -> Build:
    lake.clear()
    report = write_sample(lake.landing, scale=SCALE, days=days, seed=seed, until=UNTIL)
    lake.build(UNTIL)
    kept = lake.root / f"seed{seed}"
    shutil.copytree(report.truth, kept)
    shutil.copy(lake.root / "warehouse" / "published.duckdb", kept)
    return Build(kept, duckdb.connect(str(kept / "published.duckdb"), read_only=True))


def records(build: Build, query: str) -> list[tuple[str, ...]]:
    """The rows of a query over gold, or over a file of the truth named in it as {truth}."""
    return build.gold.execute(query.format(truth=build.truth)).fetchall()


def test_every_defect_is_found_and_nothing_else(build: Build) -> None:
    injected = records(
        build,
        "select file, cast(row_number as bigint), rule_id, record_key"
        " from read_csv('{truth}/defects.csv', all_varchar = true)"
        " union all"
        " select old_file, cast(old_row_number as bigint), 'duplicate_line_conflicting', record_key"
        " from read_csv('{truth}/revisions.csv', all_varchar = true)",
    )
    found = records(
        build, "select file, row_number, rule_id, record_key from quality.rule_violations"
    )
    place = [row[:3] for row in injected]
    assert len(place) > 200
    assert sorted(row[:3] for row in found) == sorted(place)


def test_a_violation_states_what_the_file_says_and_what_became_of_it(build: Build) -> None:
    stated = records(
        build,
        "select rule_id, defects.value_after, violations.value_before, violations.value_after,"
        " defects.value_before from quality.rule_violations as violations"
        " inner join read_csv('{truth}/defects.csv', all_varchar = true) as defects"
        " using (file, row_number, rule_id)",
    )
    stated = [row for row in stated if row[0] not in STATED_OTHERWISE]
    assert len(stated) > 200
    assert [row for row in stated if row[1] != row[2]] == []
    # The value from before the defect, or none, or the one from the file.
    known = [(rule, after, (None, "n/a", file, true)) for rule, file, _, after, true in stated]
    wrong = [
        (rule, after)
        for rule, after, values in known
        if after not in values and as_number(after) not in map(as_number, values)
    ]
    assert wrong == []


def test_a_violation_about_a_name_states_the_whole_name(build: Build) -> None:
    names = records(
        build,
        "select value_before, value_after, first_name || ' ' || last_name"
        " from quality.rule_violations inner join gold.dim_customers"
        " on record_key = customer_number where rule_id like 'customer_name_%'",
    )
    assert len(names) >= 2
    for before, after, name in names:
        assert re.sub(r"[\x01-\x1f]", "", before) == after == name


def test_quarantine_holds_the_line_of_the_file(build: Build) -> None:
    landing = build.truth.parent
    held = records(build, "select file, row_number, content from quality.quarantine")
    if not all((landing / file).is_file() for file, *_ in held):
        pytest.skip("only the shared sample keeps its files")
    wrong = []
    for file, row_number, content in held:
        with (landing / file).open(encoding="utf-8-sig", newline="") as lines:
            row = next(itertools.islice(csv.reader(lines), int(row_number), None))
        if content.split(",") != row:
            wrong.append((file, row_number, content))
    assert wrong == []
    assert len({file for file, *_ in held}) > 3


def as_number(text: str | None) -> float | str | None:
    """2290.00 reads as 2290, and 2025-11-27 as 20251127."""
    plain = (text or "").replace("-", "") if (text or "").count("-") == 2 else text
    return float(plain) if plain and re.fullmatch(r"-?\d+([.]\d+)?", plain) else text


@pytest.mark.parametrize("table", STAR)
def test_gold_is_the_star_it_started_from(build: Build, table: str) -> None:
    """Value by value, except for the values on the truth's own list of what is lost."""
    key, query = STAR[table]
    truth = read_table(
        build, f"select * from read_csv('{build.truth}/{table}.csv', all_varchar = true)", key
    )
    gold = read_table(build, query, key)
    columns = [
        column for column in next(iter(truth.values())) if column in next(iter(gold.values()))
    ]
    assert set(key) < set(columns)
    differences = {
        (named(table, record), column, value(truth[record], column), value(gold[record], column))
        for record in truth.keys() & gold.keys()
        for column in columns
        if column != "order_date_source"
        and value(truth[record], column) != value(gold[record], column)
    }
    differences |= {
        (named(table, record), "*", "present", "absent") for record in truth.keys() - gold.keys()
    }
    differences |= {
        (named(table, record), "*", "absent", "present") for record in gold.keys() - truth.keys()
    }
    lost = {
        (record, column, as_text(column, true), as_text(column, published))
        for record, column, true, published in records(
            build,
            'select record_key, "column", value_true, value_published'
            f" from read_csv('{{truth}}/unrecovered.csv', all_varchar = true)"
            f" where \"table\" = '{table}' and \"column\" <> 'order_date_source'",
        )
    }
    assert differences == lost
    assert len(lost) <= 0.01 * len(truth) * len(columns)


def named(table: str, record: tuple[str, ...]) -> str:
    """A record as the truth names it: customers by their number, AW00011000."""
    return f"AW{int(record[0]):08d}" if table == "dim_customers" else "/".join(record)


def read_table(
    build: Build, query: str, key: tuple[str, ...]
) -> dict[tuple[str, ...], dict[str, str | None]]:
    """A table as text, by its natural key."""
    cursor = build.gold.execute(f"select cast(columns(*) as varchar) from ({query})")
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    table = {tuple(str(row[column]) for column in key): row for row in rows}
    assert len(table) == len(rows), "the key is not unique"
    return table


def value(row: dict[str, str | None], column: str) -> str | None:
    return as_text(column, row[column])


def as_text(column: str, text: str | None) -> str | None:
    """The same number reads the same: 3578 and 3578.0."""
    return str(float(text)) if column in NUMBERS and text else text
