"""A build is killed at twenty random moments: readers never notice, and the next one ends well."""

from __future__ import annotations

import random
import shutil
from datetime import date, datetime, timedelta

import pytest

from tests.python.conftest import ROWS
from tests.python.lake import OF_RUNS, Lake, Table

MONDAY = date(2026, 11, 23)
SEED = 20261123
#: How often a build is killed while it makes something of a schema.
KILLS = {"bronze": 4, "silver": 6, "gold": 4, "quality": 3}
PUBLISHING = 3
ROUNDS = 2
LONGEST_DELAY = 0.08  # seconds; a node of a few lines takes about half of it


@pytest.fixture
def lake(lake: Lake) -> Lake:
    """A lake in which the first day has been published."""
    for name, row in ROWS.items():
        lake.land(name, [row], datetime(2026, 11, 23, 6))
    lake.build(MONDAY)
    return lake


@pytest.mark.slow
def test_a_killed_build_is_not_noticed(lake: Lake) -> None:
    choose = random.Random(SEED)
    victims = [choose.choice(lake.nodes(layer)) for layer, n in KILLS.items() for _ in range(n)]
    victims += ["publish"] * PUBLISHING
    assert len(victims) == 20
    choose.shuffle(victims)
    each = len(victims) // ROUNDS
    for day in range(1, ROUNDS + 1):
        old = lake.published(*OF_RUNS)
        a_day_arrives(lake, day)
        new = uninterrupted(lake, day)
        assert new != old
        for victim in victims[(day - 1) * each : day * each]:
            lake.killed_build(
                MONDAY + timedelta(days=day), victim, choose.uniform(0, LONGEST_DELAY)
            )
            found = lake.published(*OF_RUNS)
            assert found in (old, new), f"day {day}, killed in {victim}"
            old = new if found == new else old  # what was published stays so
        lake.build(MONDAY + timedelta(days=day))
        assert lake.published(*OF_RUNS) == new, f"day {day}"


def a_day_arrives(lake: Lake, day: int) -> None:
    """A line more, a correction of the first, and a customer who has moved."""
    at = datetime(2026, 11, 23, 6) + timedelta(days=day)
    lines = [
        f"SO{number},FR-R92B-58,11000,20240105,20240112,20240117,{24 * day},{2 * day},12"
        for number in (1, day + 1)
    ]
    lake.land(f"source_crm/sales_details_{at:%Y-%m-%d}.csv", lines, at)
    country = ("Germany", "France")[day % 2]
    lake.land("source_erp/LOC_A101.csv", [f"AW-00011000,{country}"], at)


def uninterrupted(lake: Lake, day: int) -> dict[str, Table]:
    """What a build publishes that nobody kills; what was there before is put back."""
    warehouse, kept = lake.root / "warehouse", lake.root / "kept"
    shutil.copytree(warehouse, kept)
    lake.build(MONDAY + timedelta(days=day))
    new = lake.published(*OF_RUNS)
    shutil.rmtree(warehouse)
    kept.rename(warehouse)
    return new
