"""The whole project through dbt-databricks, and every table equal to DuckDB's, row for row.

The landing folder goes through two states: the real files, or a sample where they are not, and a
later export with a sample among it. After each, both engines build onto what they have.

Tests of data and of models run on DuckDB, all of them. What equal tables do not prove runs here:
that the SQL of each kind of data test is understood, that what the comparison leaves out is right,
and that models whose SQL differs between the engines treat every odd value alike.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.warehouse.engines import REFUSED, Engines
from tests.warehouse.parity import OF_RUNS, OF_THE_RUN, Comparison
from tests.warehouse.probes import Probe, read_probes
from tests.warehouse.test_engines import answer

pytestmark = pytest.mark.timeout(2400)

MINIMUM_TABLES = 40
PUBLISHED_TABLES = 35


def assert_equal(compared: list[Comparison], least: int) -> None:
    assert len(compared) >= least
    assert sum(comparison.rows for comparison in compared) > 0
    different = [f"{each.table}: {'; '.join(each.problems)}" for each in compared if each.problems]
    assert not different, "\n".join(different)


def test_the_first_files_are_equal(first_built: Engines) -> None:
    assert_equal(first_built.found["first"], PUBLISHED_TABLES)


def test_the_real_files_were_the_first(bootcamp_dir: Path, first_built: Engines) -> None:
    """The test above was of them; skipped where they are not."""
    del bootcamp_dir
    published = "select lines, revenue from main.quality.publications order by published_at limit 1"
    assert first_built.query(published) == [(60_398, 29_356_250)]


def test_data_tests_pass(increment_built: Engines) -> None:
    assert (
        increment_built.local_dbt("test", "--select", "test_type:data", "--exclude", REFUSED) == []
    )
    chosen = data_tests(increment_built.dbt.manifest())
    assert increment_built.dbt("test", "--select", *chosen) == []


def data_tests(manifest: dict[str, Any]) -> list[str]:
    """One data test of each kind, and each one with SQL or about columns of its own."""
    chosen: dict[Any, str] = {}
    for name, test in sorted(manifest["nodes"].items()):
        if test["resource_type"] == "test" and test["name"] != REFUSED:
            generic = test.get("test_metadata") or {"name": name, "kwargs": {}}
            columns = " ".join(map(str, generic["kwargs"].values()))
            compared = not any(word in columns for word in (*OF_RUNS, *OF_THE_RUN))
            is_alike = compared and generic["name"] != "expression_is_true"
            config = test["config"]
            limits = (config["severity"], config["error_if"], bool(config["where"]))
            form = (generic["name"], *sorted(generic["kwargs"]), *limits)
            chosen.setdefault(form if is_alike else name, test["name"])
    return list(chosen.values())


def test_unit_tests_pass(first_built: Engines) -> None:
    """Those of models whose SQL differs between the engines."""
    manifest = first_built.dbt.manifest()
    different = {
        test["model"]
        for test in manifest["unit_tests"].values()
        if engine_macros(manifest, test["depends_on"]["nodes"][0])
    }
    assert len(different) > 10
    chosen = (f"{model},test_type:unit" for model in sorted(different))
    assert first_built.dbt("test", "--select", *chosen) == []


def engine_macros(manifest: dict[str, Any], node: str) -> set[str]:
    """The macros of `macros/engine` that a model's rows depend on."""
    found: set[str] = set()
    to_see = list(manifest["nodes"][node]["depends_on"]["macros"])
    while to_see:
        name = to_see.pop()
        if name not in found and name.startswith("macro.sales_lakehouse."):
            found.add(name)
            to_see += manifest["macros"][name]["depends_on"]["macros"]
    paths = (Path(manifest["macros"][name]["original_file_path"]) for name in found)
    return {path.stem for path in paths if path.parent.name == "engine"} - OF_TABLES


OF_TABLES = {"add_informational_keys", "tag_personal_data", "use_utc"}
"""Macros that change no row."""


@pytest.mark.parametrize("probe", read_probes(), ids=lambda probe: probe.what)
def test_spark_answers_as_stated(engines: Engines, probe: Probe) -> None:
    assert answer(engines.cursor, probe.expression) == probe.spark


def test_an_increment_is_equal(increment_built: Engines) -> None:
    assert_equal(increment_built.found["increment"], MINIMUM_TABLES)
    new = "select count(*) from main.gold.fact_sales where order_number = 'SO999999'"
    assert increment_built.query(new) == [(1,)]
    # Nor was a run of which every statement was sent twice written down twice.
    for table, key in (
        ("runs", "run_id"),
        ("run_results", "run_id, kind, node"),
        ("publications", "run_id"),
    ):
        counted = f"select count(*), count(distinct {key}) from main.quality.{table}"
        ((rows, distinct),) = increment_built.query(counted)
        assert rows == distinct > 1, table
