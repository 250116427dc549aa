"""The whole project through dbt-databricks, and every table equal to DuckDB's, row for row.

The landing folder goes through four states: sample files, the same with a file corrected, other
sample files, and the real files where they are. After each, both engines build onto what they have.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sales_sample import write_sample
from tests.warehouse.engines import SCALE, Engines, succeed
from tests.warehouse.parity import Comparison
from tests.warehouse.probes import Probe, read_probes
from tests.warehouse.test_engines import answer

pytestmark = pytest.mark.timeout(2400)

MINIMUM_TABLES = 40


def assert_equal(compared: list[Comparison]) -> None:
    assert len(compared) >= MINIMUM_TABLES
    assert sum(comparison.rows for comparison in compared) > 0
    different = [f"{each.table}: {'; '.join(each.problems)}" for each in compared if each.problems]
    assert not different, "\n".join(different)


def test_a_sample_is_equal(sample_built: Engines) -> None:
    assert_equal(sample_built.found["sample"])


def test_unit_tests_pass_on_the_warehouse(sample_built: Engines) -> None:
    succeed(sample_built.dbt("test", "--target", "databricks", "--select", "test_type:unit"))


@pytest.mark.parametrize("probe", read_probes(), ids=lambda probe: probe.what)
def test_spark_answers_as_stated(engines: Engines, probe: Probe) -> None:
    assert answer(engines.cursor, probe.expression) == probe.spark


def test_an_increment_is_equal(increment_built: Engines) -> None:
    assert_equal(increment_built.found["increment"])
    new = "select count(*) from main.gold.fact_sales where order_number = 'SO999999'"
    assert increment_built.query(new) == [(1,)]


def test_another_sample_is_equal(increment_built: Engines) -> None:
    landing = increment_built.landing
    shutil.rmtree(landing)
    write_sample(landing, scale=SCALE, seed=11)
    increment_built.build_both()
    assert_equal(increment_built.compared())
    # Nor was a run of which every statement was sent twice written down twice.
    for table, key in (("runs", "run_id"), ("run_models", "run_id, model")):
        counted = f"select count(*), count(distinct {key}) from main.quality.{table}"
        ((rows, distinct),) = increment_built.query(counted)
        assert rows == distinct > 1, table


def test_the_real_files_are_equal(engines: Engines, bootcamp_dir: Path) -> None:
    shutil.rmtree(engines.landing)
    shutil.copytree(bootcamp_dir, engines.landing)
    engines.build_both()
    assert_equal(engines.compared())
