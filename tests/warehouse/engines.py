"""Both engines on one landing folder, built the way of production; once for all tests.

Files go up into the volume, `lakehouse run --target databricks` builds on the warehouse, and the
fake workspace refreshes the dashboard. DuckDB reads the same files.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from dbx_local.connection import Connection
from orchestration.packages import ENVIRONMENT_VARIABLE, packages_dir
from sales_sample import write_sample
from tests.python.conftest import PROJECT, bootcamp_folder, lakehouse, places
from tests.python.lake import QUIET
from tests.warehouse.parity import PUBLISHED_SCHEMAS, WORKING_SCHEMAS, Comparison, compare
from tests.warehouse.workspace import (
    LocalWorkspace,
    copy_project,
    serve_workspace,
    workspace_environment,
)

OPTIONS = ("--group", "data_engineers")
"""Of the warehouse: who its user is."""
SCALE = 0.02  # with fewer lines, one bad one is more than the error threshold allows
UNTIL = date(2023, 11, 14)
"""The day on which the workspace stores its first files; no order is later."""
SALES = Path("source_crm", "sales_details.csv")
EXCHANGED = (
    *("source_crm/cust_info.csv", "source_crm/prd_info.csv"),
    *("source_erp/LOC_A101.csv", "source_erp/PX_CAT_G1V2.csv"),
)
PLANTED = "planted"
REFUSED = "fact_sales_is_refused"
REFUSED_SQL = "select 1 as id -- {{ ref('fact_sales') }}"
"""A data test that fails, in the copy of the project that no run builds."""


@dataclass
class Engines:
    """Both engines on one landing folder."""

    root: Path
    connection: Connection
    workspace: LocalWorkspace
    cursor: Any
    said: dict[str, subprocess.CompletedProcess[str]] = field(default_factory=dict)
    """How the commands of each step ended, as `step upload` and `step run`."""
    found: dict[str, list[Comparison]] = field(default_factory=dict)
    """What was compared after each step."""

    @property
    def drop(self) -> Path:
        """The folder from which files are sent to the volume."""
        return self.root / "drop"

    @property
    def landing(self) -> Path:
        """The folder behind the volume, which both read."""
        return self.workspace.landing

    @property
    def alerts(self) -> Path:
        """The file that takes what runs on the workspace tell people."""
        return self.root / "alerts"

    @property
    def local(self) -> dict[str, str]:
        """The environment of a dbt that builds on DuckDB."""
        return {
            **places(self.root),
            "LAKEHOUSE_LANDING": str(self.landing),
            "DBT_PROFILES_DIR": str(self.root / "local"),
        }

    @property
    def remote(self) -> dict[str, str]:
        """The environment of a command, or a dbt, that works on the workspace."""
        return {
            **places(self.root / "remote"),
            **workspace_environment(self.workspace, self.root),
            "LAKEHOUSE_LANDING": self.workspace.volume,
            "LAKEHOUSE_ALERT_COMMAND": f"cat >> {shlex.quote(str(self.alerts))}",
        }

    def run(self, step: str) -> None:
        """Send what was dropped, build it, compare; keep what the commands said."""
        environment = {**self.remote, "LAKEHOUSE_PROJECT_DIR": str(self.root / "untested")}
        for command in (("upload", "--landing", str(self.drop)), ("run", "--target", "databricks")):
            done = lakehouse(*command, env=environment, timeout=2000)
            self.said[f"{step} {command[0]}"] = done
        self.local_dbt.build()
        assert self.local_dbt.publish()
        self.found[step] = self.compared(everything=step == "increment")

    @cached_property
    def dbt(self) -> Dbt:
        """dbt on the warehouse, with all tests and one that always fails."""
        folder = self.root / "project"
        return Dbt(folder, "databricks", {**self.remote, "DBT_PROFILES_DIR": str(folder)})

    @cached_property
    def local_dbt(self) -> Dbt:
        """dbt on DuckDB."""
        return Dbt(self.root / "project", "local", self.local)

    def compared(self, *, everything: bool) -> list[Comparison]:
        """Every published table of one side with that of the other, or every table."""
        found = [(Path(self.local["LAKEHOUSE_PUBLISHED"]), PUBLISHED_SCHEMAS)]
        if everything:
            found.append((Path(self.local["LAKEHOUSE_DUCKDB"]), WORKING_SCHEMAS))
        return [
            comparison
            for database, schemas in found
            for comparison in compare(self.cursor, self.connection.catalog, database, schemas)
        ]

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that the warehouse answers."""
        self.cursor.execute(sql)
        return [tuple(row) for row in self.cursor.fetchall()]


class Dbt:
    """dbt on one target, in this process, which reads the project once.

    Args:
        project: the folder of the project.
        target: of its profile.
        environment: what is set while dbt runs.
    """

    def __init__(self, project: Path, target: str, environment: Mapping[str, str]) -> None:
        self._options = ("--project-dir", str(project), "--target", target, *QUIET)
        self._environment = {ENVIRONMENT_VARIABLE: str(packages_dir(PROJECT)), **environment}
        self._manifest: Any = None

    def __call__(self, *arguments: str) -> list[str]:
        """Run a command; the names of what failed, with the reason."""
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

        connections: Any = DuckDBConnectionManager
        manifest = self._read()
        with self._surroundings():
            done: Any = dbtRunner(manifest).invoke([*arguments, *self._options])
            connections.close_all_connections()  # others want to read the file
        if done.exception:
            raise done.exception
        bad = ("error", "fail", "runtime error")
        results = [each for each in done.result.results if each.status in bad]
        return [f"{getattr(each, 'node', each).unique_id}: {each.message}" for each in results]

    @contextmanager
    def _surroundings(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self._environment.items():
                patch.setenv(name, value)
            yield

    def _read(self) -> Any:
        from dbt.cli.main import dbtRunner

        if self._manifest is None:
            with self._surroundings():
                self._manifest = dbtRunner().invoke(["parse", *self._options]).result
        return self._manifest

    def manifest(self) -> dict[str, Any]:
        """What dbt knows of the project."""
        manifest: dict[str, Any] = self._read().to_dict()
        return manifest

    def build(self, *selection: str, variables: str = "") -> None:
        """Build without any tests; it has to succeed."""
        untested = ("--exclude-resource-types", "unit_test", "test")
        assert self("build", *selection, *untested, "--vars", "{" + variables + "}") == []

    def publish(self, variables: str = "publish_untested: true") -> bool:
        """Publish what was built; whether it was not refused."""
        return self("run-operation", "publish", "--vars", "{" + variables + "}") == []


@contextmanager
def both_engines(connection: Connection, root: Path) -> Iterator[Engines]:
    """Both engines, with what they need under an empty folder."""
    from databricks import sql

    (root / "warehouse").mkdir()
    (root / "local").mkdir()
    shutil.copyfile(PROJECT / "profiles.yml.example", root / "local" / "profiles.yml")
    with (
        serve_workspace(connection, root) as workspace,
        sql.connect(**connection.connector_arguments()) as session,
    ):
        project = copy_project(
            root / "project", workspace, root, f"test-paths: [tests/data, {PLANTED}]"
        )
        (project / PLANTED).mkdir()
        (project / PLANTED / f"{REFUSED}.sql").write_text(REFUSED_SQL, encoding="utf-8")
        copy_project(root / "untested", workspace, root, "data_tests: {+enabled: false}")
        yield Engines(root, connection, workspace, session.cursor())


@pytest.fixture(scope="session")
def engines(
    warehouse_connection: Connection, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engines]:
    with both_engines(warehouse_connection, tmp_path_factory.mktemp("parity")) as built:
        yield built


@pytest.fixture(scope="session")
def first_built(engines: Engines) -> Engines:
    """The real files, or where they are not, sample files with known defects."""
    if real := bootcamp_folder():
        shutil.copytree(real, engines.drop)
    else:
        write_sample(engines.drop, scale=SCALE, seed=7, until=UNTIL)
    engines.run("first")
    return engines


@pytest.fixture(scope="session")
def increment_built(first_built: Engines) -> Engines:
    """A later export; this time answers get lost, and a query of the dashboard fails.

    The sales file is corrected, and another one comes, of a sample with known defects, as do its
    extracts of all master data but the customer details, which come again as they were.
    """
    workspace = first_built.workspace
    correct_a_file(first_built.drop / SALES)
    sample = first_built.root / "sample"
    write_sample(sample, scale=SCALE, seed=11, until=UNTIL)
    for name in EXCHANGED:
        shutil.copyfile(sample / name, first_built.drop / name)
    sales = (sample / SALES).read_bytes().replace(b"SO", b"SN")  # no order of the first files
    (first_built.drop / "source_crm" / "sales_details_2.csv").write_bytes(sales)
    os.utime(first_built.landing / "source_erp" / "CUST_AZ12.csv")
    workspace.outcomes.append("fails")
    workspace.loses_answers = True
    first_built.run("increment")
    workspace.loses_answers = False
    return first_built


def correct_a_file(sales: Path) -> None:
    """A later export of sales: one line gone, one changed, one new."""
    header, first, second, *rest = sales.read_text(encoding="utf-8").splitlines()
    changed = second.split(",")
    changed[7] = str(int(changed[7]) + 1)
    changed[6] = str(int(changed[7]) * int(changed[8]))
    new = first.split(",")
    new[0] = "SO999999"
    text = "\r\n".join([header, ",".join(changed), *rest, ",".join(new)]) + "\r\n"
    sales.write_text(text, encoding="utf-8", newline="")
