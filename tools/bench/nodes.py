"""Processor seconds of each node: `python -m tools.bench.nodes FILE ARGUMENTS` runs dbt and counts.

dbt runs in this process and with one thread, so that what the process takes between the start and
the end of a node was spent on it. DuckDB still computes on all cores.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Sequence
from pathlib import Path

from dbt.cli.main import dbtRunner
from dbt_common.events.base_types import EventMsg

from orchestration.dbt import FAILED

WHOLE = "whole"
"""The name under which the seconds of the process stand."""


def processor_seconds() -> float:
    """What this process has taken until now, over all cores."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Meter:
    """Hears what dbt does, and keeps what each node took."""

    def __init__(self) -> None:
        self.taken: dict[str, float] = {}
        self._began: dict[str, float] = {}

    def hear(self, event: EventMsg) -> None:
        """Take in one event of dbt."""
        if event.info.name not in ("NodeStart", "NodeFinished"):
            return
        node, now = event.data.node_info.unique_id, processor_seconds()
        if event.info.name == "NodeStart":
            self._began[node] = now
        else:
            self.taken[node] = now - self._began[node]


def run(arguments: Sequence[str]) -> dict[str, float]:
    """Run dbt.

    Returns:
        Processor seconds by the unique id of the node, and those of the whole process.

    Raises:
        RuntimeError: when dbt fails.
    """
    meter = Meter()
    result = dbtRunner(callbacks=[meter.hear]).invoke([*arguments, "--threads", "1"])
    if not result.success:
        ended = getattr(result.result, "results", [])
        wrong = [f"{each.node.name}: {each.message}" for each in ended if each.status in FAILED]
        raise RuntimeError("dbt failed. " + "\n".join(wrong)) from result.exception
    return {**meter.taken, WHOLE: processor_seconds()}


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(run(sys.argv[2:])), encoding="utf-8")
