"""What readers see while tables change, and which statements of production were run here."""

from __future__ import annotations

import bisect

import pytest

from dbx_local.process import RunningWarehouse
from dbx_local.sqltext import Sql
from tests.python.databricks.golden import run_here
from tests.warehouse.engines import Engines

pytestmark = pytest.mark.timeout(2400)

TRACED = 60
"""So many words of each statement are in the warehouse's trace."""


def test_others_read_no_personal_data_and_a_pause_keeps_what_is_published(
    increment_built: Engines,
) -> None:
    """The user of the warehouse is in `data_engineers`; for the moment others may read.

    The pause is over right after a publication instead of a month later; it publishes again what
    was published, before any table changes.
    """
    query, dbt = increment_built.query, increment_built.dbt
    people = "select count(*), count(first_name), count(last_name), count(birthdate)"
    content = "select * from main.gold.dim_customers order by all"
    history = "select version, operation from (describe history main.gold_next.dim_customers)"
    rows, before = query(content), max(query(history))
    ((everybody, *named),) = query(f"{people} from main.gold.dim_customers")
    assert min(named) > 0
    assert query("select count(value_before) from main.quality.corrections") != [(0,)]

    assert dbt.publish("personal_data_readers: auditors, publish_untested: true")
    assert query(f"{people} from main.gold.dim_customers") == [(everybody, 0, 0, 0)]
    assert query("select count(value_before) from main.quality.corrections") == [(0,)]
    assert query("select count(content) from main.quality.quarantine") == [(0,)]

    query("insert into main.gold_next.dim_customers select * from main.gold_next.dim_customers")
    dbt.build("--select", "countries", variables="keep_published_after_days: -1")
    assert max(query(history)) == (before[0] + 3, "SET TBLPROPERTIES")
    assert query(content) == rows
    views = "select view_definition from main.information_schema.views where table_schema = 'gold'"
    ((text,),) = query(f"{views} and table_name = 'dim_customers'")
    assert text.rstrip().endswith(f"version as of {before[0] + 3}")


def test_each_kind_of_statement_that_is_said_to_run_here_does(
    increment_built: Engines, local_warehouse: RunningWarehouse
) -> None:
    """Compared up to where a statement differs from run to run, or the trace ends."""
    del increment_built
    trace = local_warehouse.trace.read_text(encoding="utf-8").splitlines()
    sent = sorted({line.split("\t")[1] for line in trace})
    said, found = set(), set()
    for kind, beginnings in run_here("main", ""):
        said.add(kind)
        if any(is_among(beginning, sent) for beginning in beginnings):
            found.add(kind)
    assert said - found == set()


def is_among(beginning: str, traced: list[str]) -> bool:
    """Whether a statement of a sorted trace begins so."""
    words = " ".join(token.text for token in Sql(beginning).tokens[:TRACED])
    at = bisect.bisect_left(traced, words)
    return at < len(traced) and traced[at].startswith(words)
