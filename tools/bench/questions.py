"""How long answers take: `python -m tools.bench.questions` on what is published.

Every question of the tests' sets is asked a few times of one analyst, as somebody would ask one
question after the other. A machine is faster or slower, so each time is told twice: in
milliseconds, and as a multiple of the bare round trip, which opens the published database and adds
up one column.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from metric_ask import open_readonly
from orchestration.questions import SCHEMA, open_analyst
from orchestration.settings import load_settings
from tests.python.genie.places import moved, questions

SETS = ("questions_blind", "questions_strangers", "questions_known")
LIMIT = 300.0
"""Milliseconds that an answer may take after start-up."""


def milliseconds(call: Callable[[], object]) -> float:
    """The wall time of one call."""
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def round_trip(published: Path) -> None:
    """The least that an answer has to do."""
    with open_readonly(published, SCHEMA) as gold:
        gold.execute("select sum(sales_amount) from fact_sales").fetchall()


def main() -> None:
    """Ask, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--published", type=Path, default=None, help="default: as lakehouse ask")
    parser.add_argument("--repeat", type=int, default=3, help="the best of so many counts")
    arguments = parser.parse_args()
    settings = load_settings()
    published = arguments.published or settings.published
    started = time.perf_counter()
    analyst = open_analyst(published, settings.project_dir)
    start_up = (time.perf_counter() - started) * 1000
    # The sets speak of the years of the real files; those of the sample are twelve years later.
    sample = analyst.context.calendar.last.year > 2020
    asked = [str((moved(each) if sample else each)["ask"]) for each in questions(*SETS)]
    asked = [question for question in asked if analyst.ask(question).answered]
    bare = min(milliseconds(lambda: round_trip(published)) for _ in range(10))
    taken = sorted(
        (min(milliseconds(lambda q=q: analyst.ask(q)) for _ in range(arguments.repeat)), q)  # type: ignore[misc]
        for q in asked
    )
    times = [each for each, _ in taken]
    print(f"{len(asked)} questions answered; start-up {start_up:.0f} ms")
    print(f"{'':14} {'ms':>6}  round trips")
    for name, value in (
        ("round trip", bare),
        ("median", statistics.median(times)),
        ("95 %", times[int(len(times) * 0.95)]),
        ("slowest", times[-1]),
    ):
        print(f"{name:14} {value:6.0f}  {value / bare:5.1f}")
    print(f"slowest: {taken[-1][1]}")
    over = [question for each, question in taken if each > LIMIT]
    print(f"{len(over)} over {LIMIT:.0f} ms" + "".join(f"\n  {each}" for each in over))


if __name__ == "__main__":
    main()
