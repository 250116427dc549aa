"""Simulated histories: whatever happened to files and runs, gold is what the files make at once.

A seed makes a history: files arrive, are corrected, cut short, copied, touched and removed; runs
happen on any day, without a publication, beside another program, on a full disk, or are killed.
`make simulate SEEDS=1-500` tries as many; a failing one is replayed by its number.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta

import pytest

from tests.python.conftest import BO, FORK, ROWS
from tests.python.lake import OF_RUNS, PUBLISH, Lake

MONDAY = date(2026, 11, 23)
STEPS = 5
#: What only snapshots know, what is of the run, and what depends on the day of the run.
LEFT_OUT = (
    *("gold.dim_customers_history", "gold.dim_products_history", "gold.product_costs"),
    # Profit is by the cost on the day of the order.
    *(f"gross_profit{of}" for of in ("", "_to_day", *(f"_{n}_before" for n in (1, 3, 6, 12)))),
    *("gold.data_quality_freshness", "quality.freshness_monitors", "gold.dashboard_totals"),
    *OF_RUNS,
)

CUSTOMERS = "source_crm/cust_info.csv"
PRODUCTS = "source_crm/prd_info.csv"
#: Files of sales: one whose name holds no day, others whose names do, also in a sub-folder.
SALES = (
    "source_crm/sales_details.csv",
    "source_crm/sales_details_2026-11-23.csv",
    "source_crm/2026/sales_details_20261124.csv",
    "source_crm/sales_details_2026-11-26 (1).csv",
)
#: Full extracts, each in the states it can be in.
EXTRACTS = {
    CUSTOMERS: (
        [ROWS[CUSTOMERS]],
        [ROWS[CUSTOMERS], BO],
        [ROWS[CUSTOMERS].replace(",M,", ",S,"), BO],
    ),
    PRODUCTS: (
        [ROWS[PRODUCTS]],
        [ROWS[PRODUCTS], FORK],
        [ROWS[PRODUCTS].replace(",12,", ",9,"), FORK],
    ),
    "source_erp/LOC_A101.csv": (
        [ROWS["source_erp/LOC_A101.csv"]],
        ["AW-00011000,France", "AW-00011001,DE"],
    ),
    "source_erp/CUST_AZ12.csv": (
        [ROWS["source_erp/CUST_AZ12.csv"]],
        ["NASAW00011000,1971-10-06,Male", "AW00011001,2026-12-24,F"],
    ),
}


def sales_lines(choose: random.Random) -> list[str]:
    """Lines of few orders, so that they meet: duplicates, siblings, unknown members, odd values."""
    values = (
        ("SO1", "SO2", "SO3", " SO3", "SO4", "", " "),
        ("FR-R92B-58", "FO-2301", "XX-1"),
        ("11000", "11001", "11002"),
        ("20261110", "20261111", "0", "5489", "20261125", "20991231"),
        ("20261120", "20261202", "0"),
        ("20261230",),
        ("24", "30", "", "-24", "1.005"),
        ("2", "3", ""),
        ("12", "", "-8"),
    )
    return [",".join(map(choose.choice, values)) for _ in range(choose.randint(1, 5))]


#: The versions of files whose lines are in bronze.
LOADED = """
    select source_file, max_by(checksum, loaded_at), max_by(file_modified_at, loaded_at)
    from bronze.file_load_log
    where landing_table = 'crm_sales_details'
        and source_file in (select _source_file from bronze.crm_sales_details)
    group by source_file
"""


class History:
    """A landing folder and its runs, as a seed has them."""

    def __init__(self, lake: Lake, seed: int) -> None:
        self.lake = lake
        self.choose = random.Random(seed)
        self.day = MONDAY
        self.clock = datetime(2026, 11, 20, 6)
        self.contents: dict[str, bytes] = {}
        self.extracts: dict[str, list[str]] = {}
        self.told: list[str] = []

    def land(self, name: str, rows: list[str]) -> None:
        """Put a file there, changed a while after everything before."""
        self.clock += timedelta(hours=self.choose.randint(1, 9))
        self.lake.land(name, rows, self.clock)
        content = (self.lake.landing / name).read_bytes()
        self.contents[hashlib.sha256(content).hexdigest()] = content
        self.told.append(f"{name}: {len(rows)} rows")

    def start(self) -> None:
        """The first day, which all histories share."""
        for name, row in ROWS.items():
            self.lake.land(name, [row], self.clock)
        self.lake.make_once("first day of histories", lambda: self.lake.build(self.day))

    def files(self, of: tuple[str, ...] = SALES) -> list[str]:
        return [name for name in of if (self.lake.landing / name).exists()]

    def sales_arrive(self) -> None:
        """New or corrected lines."""
        self.land(self.choose.choice(SALES), sales_lines(self.choose))

    def extract_arrives(self) -> None:
        """Another state of the master data. None leaves: of such only snapshots know."""
        name = self.choose.choice(list(EXTRACTS))
        rows = self.choose.choice(EXTRACTS[name])
        self.extracts[name] = max(rows, self.extracts.get(name, rows), key=len)
        self.land(name, self.extracts[name])

    def file_is_cut(self) -> None:
        """Half of the lines of a file, or only its header."""
        name = self.choose.choice(self.files())
        lines = (self.lake.landing / name).read_text(encoding="utf-8").split()[1:]
        self.land(name, lines[: self.choose.choice((0, len(lines) // 2))])

    def file_is_touched(self) -> None:
        """A later time of the same content; the day that the file speaks of is in its name."""
        if names := self.files(SALES[1:]):
            self.clock += timedelta(hours=1)
            self.lake.touch(self.choose.choice(names), self.clock)

    def file_is_copied(self) -> None:
        """The same content under another name."""
        name = self.choose.choice(self.files())
        copy = f"source_crm/sales_details copy {self.choose.randint(1, 9)}.csv"
        shutil.copy2(self.lake.landing / name, self.lake.landing / copy)
        self.told.append(f"{name} copied to {copy}")

    def file_is_removed(self) -> None:
        """It may have been published or not; what was published stays."""
        if names := self.files(SALES[1:]):
            name = self.choose.choice(names)
            (self.lake.landing / name).unlink()
            self.told.append(f"{name} removed")

    def clock_jumps(self) -> None:
        """By months or years, forward or back."""
        self.day = MONDAY + timedelta(days=self.choose.choice((-900, -30, 30, 4000)))
        self.told.append(f"day {self.day}")

    def run(self) -> None:
        self.told.append("run")
        self.lake.build(self.day)

    def run_fails(self) -> None:
        """Everything is built and nothing is published."""
        before = self.lake.published(*OF_RUNS)
        self.told.append("run without publication")
        self.lake.build_candidates(self.day)
        assert self.lake.published(*OF_RUNS) == before

    def run_is_killed(self) -> None:
        """At any moment of any node."""
        layer = self.choose.choice(("bronze", "silver", "gold", "quality"))
        node = self.choose.choice([*self.lake.nodes(layer), PUBLISH])
        self.told.append(f"killed in {node}")
        with self.nothing_or_all(), suppress(AssertionError):  # when it was done before its time
            self.lake.killed_build(self.day, (node, self.choose.uniform(0, 0.08)))

    def disk_is_full(self) -> None:
        """At any place: between a table's first block and the copy that is published."""
        room = self.choose.randint(1 << 18, 16 << 20)
        self.told.append(f"disk full at {room}")
        with self.nothing_or_all():
            self.lake.build_on_a_full_disk(self.day, room)

    def another_has_the_database(self) -> None:
        """The run fails at once."""
        self.told.append("run beside another program")
        before = self.lake.published(*OF_RUNS)
        self.lake.build_beside_another(self.day)
        assert self.lake.published(*OF_RUNS) == before

    @contextmanager
    def nothing_or_all(self) -> Iterator[None]:
        """Readers see what was published before, or what adds up."""
        before = self.lake.published(*OF_RUNS)
        yield
        if self.lake.published(*OF_RUNS) != before:
            assert self.lake.query("select sum(difference) from quality.reconciliation") == [(0,)]

    def happen(self) -> None:
        """Some things happen to files, then a run."""
        events: tuple[Callable[[], None], ...] = (
            *(self.sales_arrive, self.sales_arrive, self.extract_arrives, self.file_is_cut),
            *(self.file_is_touched, self.file_is_copied, self.file_is_removed, self.clock_jumps),
        )
        for event in self.choose.choices(events, k=self.choose.randint(1, 3)):
            event()
        runs: tuple[Callable[[], None], ...] = (
            self.run,
            self.run,
            self.run_fails,
            self.run_is_killed,
            self.disk_is_full,
            self.another_has_the_database,
        )
        self.choose.choice(runs)()
        self.day += timedelta(days=1)

    def put_back(self) -> None:
        """What was published of files that are gone stays in gold: a clean build needs them."""
        for name, checksum, modified in self.lake.query(LOADED, "lakehouse"):
            if not (self.lake.landing / name).exists():
                (self.lake.landing / name).write_bytes(self.contents[checksum])
                self.lake.touch(name, modified)


def seeds() -> list[int]:
    """Those of the variable SEEDS, as 7 or 1-500; else a few, in which everything happens."""
    first, _, last = os.environ.get("SEEDS", "1-2").partition("-")
    return list(range(int(first), int(last or first) + 1))


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds())
def test_gold_is_what_the_files_make_at_once(lake: Lake, seed: int) -> None:
    history = History(lake, seed)
    history.start()
    for _ in range(STEPS):
        history.happen()
    history.run()
    assert lake.query("select sum(difference) from quality.reconciliation") == [(0,)], history.told
    by_days = lake.published(*LEFT_OUT)
    history.put_back()
    lake.forget()
    lake.build(MONDAY)
    for table, rows in lake.published(*LEFT_OUT).items():
        assert by_days[table] == rows, (table, history.told)
