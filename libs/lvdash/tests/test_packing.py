"""Packed columns read back as what they were."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvdash.data import Packer, Result


def read_back(columns: dict[str, list[Any]], *, sort: bool) -> list[tuple[Any, ...]]:
    rows = len(next(iter(columns.values())))
    packer = Packer()
    header = packer.add(Result(columns, rows), list(columns), sort=sort)
    block = gzip.decompress(packer.compressed())
    found = []
    for name in columns:
        about = header["columns"][name]
        codes = np.frombuffer(block, dtype=about["type"], count=rows, offset=about["at"])
        if about["kind"] == "number":
            none = about.get("none")
            found.append([None if c == none or c != c else c / about["per"] for c in codes])
        else:
            found.append([about["values"][code] for code in codes])
    return list(zip(*found, strict=True))


CASES: dict[str, list[Any]] = {
    "whole": [1, 2, -3, 400_000, None],
    "money": [Decimal("12.50"), Decimal("0.01"), None, Decimal("-99999999.99")],
    "share": [0.125, 0.5, None],
    "text": ["b", "a", None, "ä", ""],
    "nothing": [None, None],
    "one": [7],
}


@pytest.mark.parametrize("name", CASES)
def test_a_column_reads_back(name: str) -> None:
    values = CASES[name]
    wanted = [(float(v) if isinstance(v, Decimal) else v,) for v in values]
    assert read_back({"column": values}, sort=False) == wanted


def test_dates_and_truth_values_become_text() -> None:
    columns: dict[str, list[Any]] = {
        "day": [date(2024, 1, 31), None],
        "at": [datetime(2024, 1, 31, 6, 5, 4), datetime(2024, 2, 1)],
        "with_zone": [datetime(2024, 1, 31, 6, 5, tzinfo=UTC), None],
        "month": [datetime(2024, 1, 1), datetime(2024, 2, 1)],
        "late": [True, False],
    }
    assert read_back(columns, sort=False) == [
        ("2024-01-31", "2024-01-31 06:05:04", "2024-01-31 06:05:00", "2024-01-01", "true"),
        (None, "2024-02-01 00:00:00", None, "2024-02-01", "false"),
    ]


def test_numbers_beyond_exact_ones_stay_text() -> None:
    assert read_back({"key": [2**60, 2**60 + 1]}, sort=False) == [
        (str(2**60),),
        (str(2**60 + 1),),
    ]


@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.integers(-(2**40), 2**40)),
            st.one_of(st.none(), st.text(max_size=3)),
            st.one_of(st.none(), st.decimals(-(10**6), 10**6, places=2)),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_any_rows_read_back_in_whatever_order(rows: list[tuple[Any, Any, Any]]) -> None:
    columns = {
        name: list(values) for name, values in zip("abc", zip(*rows, strict=True), strict=True)
    }
    wanted = [tuple(float(v) if isinstance(v, Decimal) else v for v in row) for row in rows]
    assert read_back(columns, sort=False) == wanted
    assert sorted(read_back(columns, sort=True), key=plain) == sorted(wanted, key=plain)


def plain(row: tuple[Any, ...]) -> str:
    return repr([v if v is None or isinstance(v, str) else float(v) + 0.0 for v in row])


def test_the_same_rows_give_the_same_bytes() -> None:
    result = Result({"a": [3, 1, 2], "b": ["x", "y", "x"]}, 3)
    blocks = []
    for _ in range(2):
        packer = Packer()
        packer.add(result, ["a", "b"], sort=True)
        blocks.append(packer.compressed())
    assert blocks[0] == blocks[1]
