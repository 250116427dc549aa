"""Packed columns read back as what they were."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lvdash.data import Column, Packer, Result, fetch


def read_back(types: str, rows: list[tuple[Any, ...]], *, sort: bool) -> list[tuple[Any, ...]]:
    """What a page reads of rows with columns of these types, called a, b, ..."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        names = "abcdefgh"[: len(rows[0])]
        columns = ", ".join(map(" ".join, zip(names, types.split(", "), strict=True)))
        connection.execute(f"create table t ({columns})")
        row = f"({', '.join('?' * len(names))})"
        values = [value for row in rows for value in row]
        connection.execute(f"insert into t values {', '.join([row] * len(rows))}", values)
        result = fetch(connection, "select * from t")
    packer = Packer()
    header = packer.add(result, list(names), sort=sort)
    block = gzip.decompress(packer.compressed())
    found = []
    for name in names:
        about = header["columns"][name]
        codes = np.frombuffer(block, dtype=about["type"], count=len(rows), offset=about["at"])
        if about["kind"] == "number":
            none = about.get("none")
            found.append([None if c == none or c != c else c / about["per"] for c in codes])
        else:
            found.append([about["values"][code] for code in codes])
    return list(zip(*found, strict=True))


@pytest.mark.parametrize(
    ("type_", "values"),
    [("varchar", [None, None]), ("decimal(10)", [None, None]), ("decimal(10)", [Decimal(7), None])],
)
def test_a_column_reads_back(type_: str, values: list[Any]) -> None:
    assert read_back(type_, [(value,) for value in values], sort=False) == [(v,) for v in values]


def test_dates_and_truth_values_become_text() -> None:
    types = "date, timestamp, timestamptz, timestamp, boolean, int[]"
    rows = [
        (
            *(date(2024, 1, 31), datetime(2024, 1, 31, 6, 5, 4, 500)),
            *(datetime(2024, 1, 31, 6, 5, tzinfo=UTC), datetime(2024, 1, 1), True, [1, 2]),
        ),
        (None, datetime(2024, 2, 1), None, datetime(2024, 2, 1), False, None),
    ]
    assert read_back(types, rows, sort=False) == [
        (
            "2024-01-31",
            "2024-01-31 06:05:04",
            "2024-01-31 06:05:00",
            "2024-01-01",
            "true",
            "[1, 2]",
        ),
        (None, "2024-02-01 00:00:00", None, "2024-02-01", "false", None),
    ]


@pytest.mark.parametrize(
    ("type_", "value", "text"),
    [
        ("bigint", 2**60 + 1, str(2**60 + 1)),
        ("decimal(38)", Decimal(10**30 + 1), str(10**30 + 1)),
        ("double", float("inf"), "inf"),
        ("double", float("nan"), "nan"),
    ],
)
def test_numbers_beyond_exact_ones_stay_text(type_: str, value: object, text: str) -> None:
    assert read_back(type_, [(value,), (None,)], sort=False) == [(text,), (None,)]


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.integers(-(2**40), 2**40)),
            st.one_of(st.none(), st.text(max_size=3)),
            st.one_of(st.none(), st.decimals(-(10**8), 10**8, places=2)),
            st.one_of(st.none(), st.sampled_from([0.125, 0.5, 1 / 3, 1e-9])),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_any_rows_read_back_in_whatever_order(rows: list[tuple[Any, ...]]) -> None:
    types = "bigint, varchar, double, double"
    wanted = [tuple(float(v) if isinstance(v, Decimal) else v for v in row) for row in rows]
    assert read_back(types, rows, sort=False) == wanted
    assert sorted(read_back(types, rows, sort=True), key=plain) == sorted(wanted, key=plain)


def plain(row: tuple[Any, ...]) -> str:
    return repr([v if v is None or isinstance(v, str) else float(v) + 0.0 for v in row])


def test_the_same_rows_give_the_same_bytes() -> None:
    columns = {
        "a": Column("number", np.array([3, 1, 2])),
        "b": Column("text", np.array(["x", "y", "x"], dtype=object)),
    }
    blocks = []
    for _ in range(2):
        packer = Packer()
        packer.add(Result(columns, 3), ["a", "b"], sort=True)
        blocks.append(packer.compressed())
    assert blocks[0] == blocks[1]
