"""However the files came, in any order, repeated and corrected: gold is what they make at once.

An example is a landing folder as it is in the end, and a way it came to be: which file came on
which day, which came in an earlier version first, which were touched, which days were run twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tests.python.conftest import ROWS
from tests.python.lake import OF_RUNS, Lake

FIRST_DAY = date(2026, 11, 23)
DAYS = 3

CUSTOMERS = "source_crm/cust_info.csv"
PRODUCTS = "source_crm/prd_info.csv"
#: One whose name holds no day, and two whose names do, one of them in a sub-folder.
SALES = (
    "source_crm/sales_details.csv",
    "source_crm/sales_details_2026-11-23.csv",
    "source_crm/2026/sales_details_20261124.csv",
)

#: What only snapshots know, and what is of the run.
LEFT_OUT = (
    *("gold.dim_customers_history", "gold.dim_products_history", "gold.product_costs"),
    *OF_RUNS,
)


@dataclass(frozen=True)
class Arrival:
    """A file as it came: first perhaps in an earlier version, later in the final one."""

    name: str
    final: tuple[str, ...]
    day: int
    earlier: tuple[str, ...] | None = None
    earlier_day: int = 0
    """Before the final one, or the earlier version never comes."""


@dataclass(frozen=True)
class Way:
    """How a landing folder came to be."""

    arrivals: tuple[Arrival, ...]
    touched: tuple[tuple[str, int], ...] = ()
    """Files with a day in their name, and the days on which they were touched."""
    repeated: frozenset[int] = frozenset()
    """Days that were run twice."""


def lines() -> st.SearchStrategy[tuple[str, ...]]:
    """Order lines of a few orders, so that they meet: duplicates, siblings, unknown members."""
    line = st.tuples(
        st.sampled_from(["SO1", "SO2", "SO3", " SO3", "SO4", "", " "]),
        st.sampled_from(["FR-R92B-58", "FO-2301", "XX-1"]),
        st.sampled_from(["11000", "11001", "11002"]),
        st.sampled_from(["20261110", "20261111", "0", "5489", "20261125", "20991231"]),
        st.sampled_from(["20261120", "20261202", "0"]),
        st.just("20261230"),
        st.sampled_from(["24", "30", "", "-24"]),
        st.sampled_from(["2", "3", ""]),
        st.sampled_from(["12", "", "-8"]),
    )
    return st.lists(line.map(",".join), max_size=5).map(tuple)


def masters(key: str, rows: list[str], changed: list[str]) -> st.SearchStrategy[Arrival]:
    """A full extract: what it lists at last, it may have listed otherwise or not at all before."""
    earlier = st.lists(st.sampled_from(range(len(rows))), unique=True).map(
        lambda listed: tuple(changed[i] for i in listed)
    )
    return st.builds(
        Arrival,
        name=st.just(key),
        final=st.just(tuple(rows)),
        day=st.integers(0, DAYS - 1),
        earlier=earlier,
        earlier_day=st.just(0),
    )


BO = "11001,AW00011001,Bo,Li,S,F,2025-10-06"
FORK = "211,CO-RF-FO-2301,Fork,10,R ,2026-07-01,"


def ways() -> st.SearchStrategy[Way]:
    """Every file of the folder, and how it came."""
    sales = st.tuples(
        *(
            st.builds(
                Arrival,
                name=st.just(name),
                final=lines(),
                day=st.integers(0, DAYS - 1),
                earlier=st.none() | lines(),
                earlier_day=st.integers(0, DAYS - 2),
            )
            for name in SALES
        )
    )
    customers = [ROWS[CUSTOMERS], BO]
    products = [ROWS[PRODUCTS], FORK]
    return st.builds(
        lambda *parts: Way((*parts[0], *parts[1:3]), parts[3], parts[4]),
        sales,
        masters(CUSTOMERS, customers, [row.replace(",S,", ",M,") for row in customers]),
        masters(PRODUCTS, products, [row.replace(",10,", ",9,") for row in products]),
        st.lists(st.tuples(st.sampled_from(SALES[1:]), st.integers(1, DAYS - 1)), max_size=2).map(
            tuple
        ),
        st.frozensets(st.integers(0, DAYS - 1), max_size=1),
    )


#: Known to be hard: an order moves to another file, its own is emptied, its customer comes last.
MOVED = Way(
    (
        Arrival(SALES[0], ("SO1,FR-R92B-58,11001,0,20261120,20261230,24,2,12",), 2, (), 0),
        Arrival(
            SALES[1],
            (),
            1,
            (
                "SO1,FR-R92B-58,11001,20261110,20261120,20261230,24,2,12",
                "SO2,FO-2301,11000,20261125,20261120,20261230,30,3,",
            ),
            0,
        ),
        Arrival(SALES[2], ("SO2,FO-2301,11000,0,0,20261230,30,3,",), 0),
        Arrival(CUSTOMERS, (ROWS[CUSTOMERS], BO), 2, (ROWS[CUSTOMERS],), 0),
        Arrival(PRODUCTS, (ROWS[PRODUCTS], FORK), 1, (), 0),
    ),
    touched=((SALES[2], 1),),
    repeated=frozenset({1}),
)


@pytest.mark.slow
@settings(
    max_examples=2,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@example(way=MOVED)
@given(way=ways())
def test_gold_is_the_same_however_it_came(lake: Lake, way: Way) -> None:
    lake.clear()
    for name in ("source_erp/CUST_AZ12.csv", "source_erp/LOC_A101.csv"):
        lake.land(name, [ROWS[name]], modified(name, 0))
    lake.land("source_erp/PX_CAT_G1V2.csv", [ROWS["source_erp/PX_CAT_G1V2.csv"]], modified("", 0))
    for day in range(DAYS):
        for arrival in way.arrivals:
            land(lake, arrival, day)
        for name, touched_on in way.touched:
            if touched_on == day and (lake.landing / name).exists():
                lake.touch(name, modified(name, day, hour=9))
        for _ in range(1 + (day in way.repeated)):
            lake.build(FIRST_DAY + timedelta(days=day))
    by_days = lake.published(*LEFT_OUT)
    lake.forget()
    lake.build(FIRST_DAY + timedelta(days=DAYS - 1))
    at_once = lake.published(*LEFT_OUT)
    for table, rows in at_once.items():
        assert by_days[table] == rows, table


def land(lake: Lake, arrival: Arrival, day: int) -> None:
    """Put what comes on a day into the landing folder; on the first day something of each file."""
    starts = arrival.name not in SALES or arrival.name == SALES[0]
    if arrival.day == day:
        lake.land(arrival.name, arrival.final, modified(arrival.name, 1))
    elif day < arrival.day and (
        (arrival.earlier is not None and arrival.earlier_day == day) or (day == 0 and starts)
    ):
        lake.land(arrival.name, arrival.earlier or (), modified(arrival.name, 0))


def modified(name: str, version: int, hour: int = 6) -> datetime:
    """When a version of a file was last changed: by what it is, not by the day it came."""
    day = len(name) % 5
    return datetime(2026, 11, 10 + day + version, hour)
