"""The whole project through dbt-databricks, and every table equal to DuckDB's, row for row.

The landing folder goes through three states: sample files, the same with a file corrected, and the
real files (where there are none, other sample files). After each, both engines build onto what they
have.
"""

from __future__ import annotations

import shutil

import pytest

from sales_sample import write_sample
from tests.python.conftest import bootcamp_folder
from tests.warehouse.engines import SCALE, Engines
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
    assert sample_built.dbt("test", "--select", "test_type:unit") == []


@pytest.mark.parametrize("probe", read_probes(), ids=lambda probe: probe.what)
def test_spark_answers_as_stated(engines: Engines, probe: Probe) -> None:
    assert answer(engines.cursor, probe.expression) == probe.spark


def test_an_increment_is_equal(increment_built: Engines) -> None:
    assert_equal(increment_built.found["increment"])
    new = "select count(*) from main.gold.fact_sales where order_number = 'SO999999'"
    assert increment_built.query(new) == [(1,)]
    # Nor was a run of which every statement was sent twice written down twice.
    for table, key in (("runs", "run_id"), ("run_models", "run_id, model")):
        counted = f"select count(*), count(distinct {key}) from main.quality.{table}"
        ((rows, distinct),) = increment_built.query(counted)
        assert rows == distinct > 1, table


def test_wholly_other_files_are_equal(increment_built: Engines) -> None:
    landing, real = increment_built.landing, bootcamp_folder()
    shutil.rmtree(landing)
    if real:
        shutil.copytree(real, landing)
    else:
        write_sample(landing, scale=SCALE, seed=11)
    increment_built.build_both()
    assert_equal(increment_built.compared())
