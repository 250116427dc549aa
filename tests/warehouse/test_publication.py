"""What readers see while tables change, and which statements of production were run here."""

from __future__ import annotations

import re

import pytest

from dbx_local.process import RunningWarehouse
from tests.python.databricks.test_statements import kind, listed
from tests.warehouse.engines import Engines

pytestmark = pytest.mark.timeout(2400)


def test_after_a_pause_the_published_version_gets_a_new_date(increment_built: Engines) -> None:
    """Before any table changes; here right after a publication instead of a month later."""
    query = increment_built.query
    people = "select * from main.gold.dim_customers order by all"
    history = "select version, operation from (describe history main.gold_next.dim_customers)"
    rows, before = query(people), max(query(history))
    query("insert into main.gold_next.dim_customers select * from main.gold_next.dim_customers")
    now = ("--vars", "{keep_published_after_days: -1}")
    assert increment_built.dbt("build", "--select", "countries", *now) == []
    assert max(query(history)) == (before[0] + 3, "SET TBLPROPERTIES")
    assert query(people) == rows
    views = "select view_definition from main.information_schema.views where table_schema = 'gold'"
    ((text,),) = query(f"{views} and table_name = 'dim_customers'")
    assert text.rstrip().endswith(f"version as of {before[0] + 3}")


def test_the_kinds_of_statements_run_here_are_those_listed(
    increment_built: Engines, local_warehouse: RunningWarehouse
) -> None:
    del increment_built
    lines = local_warehouse.trace.read_text(encoding="utf-8").splitlines()
    sent = {kind(re.sub(r"/\*.*?\*/\s*", "", line.split("\t")[1])) for line in lines}
    run = {name for name, how in listed().items() if not how.startswith("not sent")}
    assert run - sent == set()
