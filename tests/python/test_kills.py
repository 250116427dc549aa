"""A build is cut off at twenty random moments: readers never notice, and the next one ends well.

The process is stopped at each moment and its files are copied: they are what a kill would leave.
"""

from __future__ import annotations

import random
from datetime import date, datetime

import pytest

from tests.python.conftest import ROWS
from tests.python.lake import OF_RUNS, PUBLISH, Lake

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
SEED = 20261123
#: How often a build is cut off while it makes something of a schema.
KILLS = {"bronze": 4, "silver": 6, "gold": 4, "quality": 3}
PUBLISHING = 3
LONGEST_DELAY = 0.08  # seconds; a node of a few lines takes about half of it
LONGEST_PUBLICATION = 0.4


@pytest.fixture
def lake(lake: Lake) -> Lake:
    """A lake in which the first day has been published, and the files of the next have arrived."""
    for name, row in ROWS.items():
        lake.land(name, [row], datetime(2026, 11, 23, 6))
    lake.build(MONDAY)
    next_day = datetime(2026, 11, 24, 6)
    lines = [  # a correction of the first line, and a line more
        f"{order},FR-R92B-58,11000,20240105,20240112,20240117,48,4,12" for order in ("SO1", "SO2")
    ]
    lake.land("source_crm/sales_details_2026-11-24.csv", lines, next_day)
    lake.land("source_erp/LOC_A101.csv", ["AW-00011000,France"], next_day)
    return lake


@pytest.mark.slow
def test_a_killed_build_is_not_noticed(lake: Lake) -> None:
    choose = random.Random(SEED)
    moments = [
        (choose.choice(lake.nodes(layer)), choose.uniform(0, LONGEST_DELAY))
        for layer, times in KILLS.items()
        for _ in range(times)
    ]
    moments += [(PUBLISH, choose.uniform(0, LONGEST_PUBLICATION)) for _ in range(PUBLISHING)]
    assert len(moments) == 20
    old = lake.published(*OF_RUNS)
    left_behind = lake.stopped_build(TUESDAY, moments)
    assert sorted(node for node, _ in left_behind) == sorted(node for node, _ in moments)
    new = lake.published(*OF_RUNS)
    assert new != old
    for node, warehouse in left_behind:
        lake.put_back(warehouse)
        assert lake.published(*OF_RUNS) in (old, new), node
    for part in (lake.nodes("silver"), lake.nodes("gold"), [PUBLISH]):
        node, warehouse = choose.choice([each for each in left_behind if each[0] in part])
        lake.put_back(warehouse)
        lake.build(TUESDAY)
        assert lake.published(*OF_RUNS) == new, node
