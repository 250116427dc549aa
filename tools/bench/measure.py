"""What a command costs: processor time and peak memory of the process and of all it started."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """What was spent once."""

    processor: float
    """Seconds, over all cores; other programs on the machine disturb it less than the clock."""
    wall: float
    peak: float
    """GiB of the largest process."""


def cost_of(command: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> Cost:
    """Run a command to its end.

    Raises:
        RuntimeError: when it fails; says what it printed.
    """
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        child = subprocess.Popen(
            command,
            cwd=cwd,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,  # dbt ends when it is closed
            stdout=said,
            stderr=said,
        )
        # Not child.wait(), which keeps what the child used to itself.
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        child.stdin.close()  # type: ignore[union-attr]
        if child.returncode:
            said.seek(0)
            text = said.read().decode(errors="replace")
            raise RuntimeError(f"{' '.join(command)[:200]} failed:\n{text[-4000:]}")
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 2**20)


def in_turn(repeats: int, *sides: Callable[[], Cost]) -> list[Cost]:
    """The median costs of several things, measured one after the other, so often."""
    rounds = [[side() for side in sides] for _ in range(repeats)]
    return [median([costs[place] for costs in rounds]) for place in range(len(sides))]


def median(costs: Sequence[Cost]) -> Cost:
    """The medians of processor time and clock, and the largest peak."""
    return Cost(
        statistics.median(cost.processor for cost in costs),
        statistics.median(cost.wall for cost in costs),
        max(cost.peak for cost in costs),
    )
