"""The whole project through dbt-databricks, and every table equal to DuckDB's, row for row.

One landing folder goes through four states: sample files, the same with a file corrected, other
sample files, and the real files where they are. After each, both engines build onto what they have.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from orchestration.packages import DBT, ENVIRONMENT_VARIABLE, packages_dir
from orchestration.sample import write_sample
from tests.python.conftest import PROJECT, places
from tests.warehouse.connection import Connection
from tests.warehouse.parity import Comparison, compare
from tests.warehouse.probes import Probe, read_probes
from tests.warehouse.test_engines import answer

pytestmark = pytest.mark.timeout(2400)

SCALE = 0.1
MINIMUM_TABLES = 40


@dataclass(frozen=True)
class Engines:
    """Both engines on one landing folder."""

    root: Path
    connection: Connection
    cursor: Any

    @property
    def landing(self) -> Path:
        """The folder both read."""
        return self.root / "landing"

    @property
    def remote(self) -> dict[str, str]:
        """The environment of a dbt that builds on the warehouse."""
        return {
            **places(self.root),
            **self.connection.environment,
            "DBT_PROFILES_DIR": str(self.root / "profile"),
            "DBT_TARGET_PATH": str(self.root / "target-databricks"),
        }

    def build(self, *, data_tests: bool) -> list[Comparison]:
        """Build on both, and compare; the data tests need to run once."""
        local = places(self.root)
        left_out = ["unit_test"] if data_tests else ["unit_test", "test"]
        arguments = ["build", "--exclude-resource-types", *left_out]
        dbt({**local, "DBT_PROFILES_DIR": str(self.root / "local")}, *arguments)
        dbt(self.remote, *arguments, "--target", "databricks")
        return list(
            compare(
                self.cursor,
                self.connection.catalog,
                Path(local["LAKEHOUSE_DUCKDB"]),
                Path(local["LAKEHOUSE_PUBLISHED"]),
            )
        )


def dbt(environment: Mapping[str, str], *arguments: str) -> None:
    """Run dbt on the project; it has to succeed."""
    done = subprocess.run(
        [*DBT, "--no-use-colors", "--quiet", *arguments],
        cwd=PROJECT,
        env={**os.environ, ENVIRONMENT_VARIABLE: str(packages_dir(PROJECT)), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"dbt {' '.join(arguments)}:\n{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="module")
def engines(
    warehouse_connection: Connection, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engines]:
    from databricks import sql

    root = tmp_path_factory.mktemp("parity")
    (root / "warehouse").mkdir()
    (root / "local").mkdir()
    shutil.copyfile(PROJECT / "profiles.yml.example", root / "local" / "profiles.yml")
    warehouse_connection.write_profile(root / "profile")
    with sql.connect(**warehouse_connection.connector_arguments()) as session:
        yield Engines(root, warehouse_connection, session.cursor())


@pytest.fixture(scope="module")
def sample_compared(engines: Engines) -> list[Comparison]:
    """What was compared after the first sample, with all data tests."""
    land_sample(engines.landing, seed=7)
    return engines.build(data_tests=True)


def land_sample(landing: Path, seed: int) -> None:
    shutil.rmtree(landing, ignore_errors=True)
    write_sample(landing, scale=SCALE, seed=seed)


def correct_a_file(landing: Path) -> None:
    """A later export of sales: one line gone, one changed, one new."""
    sales = landing / "source_crm" / "sales_details.csv"
    header, first, second, *rest = sales.read_text(encoding="utf-8").splitlines()
    changed = second.split(",")
    changed[7] = str(int(changed[7]) + 1)
    changed[6] = str(int(changed[7]) * int(changed[8]))
    new = first.split(",")
    new[0] = "SO999999"
    text = "\r\n".join([header, ",".join(changed), *rest, ",".join(new)]) + "\r\n"
    sales.write_text(text, encoding="utf-8", newline="")
    later = sales.stat().st_mtime + 5
    os.utime(sales, (later, later))


def assert_equal(compared: list[Comparison]) -> None:
    assert len(compared) >= MINIMUM_TABLES
    assert sum(comparison.rows for comparison in compared) > 0
    different = {each.table: each.problems for each in compared if each.problems}
    assert different == {}


def test_a_sample_is_equal(sample_compared: list[Comparison]) -> None:
    assert_equal(sample_compared)


def test_an_increment_is_equal(engines: Engines, sample_compared: list[Comparison]) -> None:
    correct_a_file(engines.landing)
    assert_equal(engines.build(data_tests=False))


def test_another_sample_is_equal(engines: Engines, sample_compared: list[Comparison]) -> None:
    land_sample(engines.landing, seed=11)
    assert_equal(engines.build(data_tests=False))


def test_the_real_files_are_equal(engines: Engines, bootcamp_dir: Path) -> None:
    shutil.rmtree(engines.landing, ignore_errors=True)
    shutil.copytree(bootcamp_dir, engines.landing)
    assert_equal(engines.build(data_tests=False))


def test_unit_tests_pass_on_the_warehouse(
    engines: Engines, sample_compared: list[Comparison]
) -> None:
    dbt(
        engines.remote,
        *("test", "--target", "databricks", "--select", "test_type:unit"),
    )


@pytest.mark.parametrize("probe", read_probes(), ids=lambda probe: probe.what)
def test_spark_answers_as_stated(engines: Engines, probe: Probe) -> None:
    assert answer(engines.cursor, probe.expression) == probe.spark
