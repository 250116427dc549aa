"""The dbt project keeps the house's rules, and its unit tests pass."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration.packages import DBT, ENVIRONMENT_VARIABLE, packages_dir
from tests.python.conftest import PROJECT, Artifacts, copy_project, places, write_small_landing

MODELS = sorted((PROJECT / "models").rglob("*.sql"))
SCREEN = 80
"""Lines of a model that can be seen at once."""

#: Words that only one engine knows; they belong into macros/engine.
OF_ONE_ENGINE = re.compile(
    r"\b(read_csv|read_blob|read_files|getvariable|list_filter|unnest\(|string_agg|struct_pack"
    r"|named_struct|collect_set|collect_list|lateral view|strptime|date_format"
    r"|regexp_replace|::)|duckdb__|databricks__",
    re.IGNORECASE,
)


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.stem)
def test_a_model_fits_on_a_screen(model: Path) -> None:
    text = model.read_text(encoding="utf-8")
    if "materialized='metric_view'" in text:
        return  # a list of definitions in YAML
    assert len(text.splitlines()) <= SCREEN


def test_only_engine_macros_know_the_engine() -> None:
    found = [
        f"{path.relative_to(PROJECT)}:{number}: {line.strip()}"
        for folder in ("models", "macros", "tests/data", "docs/analyses", "snapshots")
        for path in sorted((PROJECT / folder).rglob("*.sql"))
        if "engine" not in path.parts and path.stem != "sales_metrics"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if OF_ONE_ENGINE.search(line) or "target.type" in line
    ]
    assert found == []


def test_who_reads_the_list_of_files_waits_for_those_who_write_it(artifacts: Artifacts) -> None:
    """The bronze models write into file_load_log, which dbt cannot know."""
    manifest = artifacts.manifest

    def built_before(id_: str) -> set[str]:
        parents = [each for each in manifest["parent_map"].get(id_, ()) if "model." in each]
        return {*parents, *(before for parent in parents for before in built_before(parent))}

    list_of_files = "model.sales_lakehouse.file_load_log"
    models = {id_: n for id_, n in manifest["nodes"].items() if n["resource_type"] == "model"}
    writers = {id_ for id_, node in models.items() if "bronze" in node["fqn"]} - {list_of_files}
    readers = (models.keys() & manifest["child_map"][list_of_files]) - writers
    assert len(readers) > 2
    # Sales are validated by the list of their own files; all else reads the list of all files.
    waits_for = {id_: writers & built_before(id_) for id_ in readers}
    sales = "model.sales_lakehouse.int_sales__validated"
    assert "model.sales_lakehouse.crm_sales_details" in waits_for.pop(sales)
    assert {id_: writers - each for id_, each in waits_for.items() if each != writers} == {}


def test_unit_tests_of_the_models(published_sample: Path) -> None:
    root = published_sample.parents[1]
    done = subprocess.run(
        [*DBT, "--no-use-colors", "--quiet", "test", "--select", "test_type:unit"],
        cwd=PROJECT,
        env={
            **os.environ,
            **places(root),
            ENVIRONMENT_VARIABLE: str(packages_dir(PROJECT)),
            "DBT_PROFILES_DIR": str(PROJECT),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_readers_of_the_published_file_find_descriptions(published_sample: Path) -> None:
    with duckdb.connect(str(published_sample), read_only=True) as db:
        described = db.execute(
            "select schema_name || '.' || table_name, count(*), count(comment)"
            " from duckdb_columns() where not internal group by all"
        ).fetchall()
        tables = db.execute("select count(*), count(comment) from duckdb_tables()").fetchall()
    incomplete = {name for name, columns, comments in described if columns != comments}
    assert incomplete == set()
    assert tables[0][0] == tables[0][1] > 20


@pytest.mark.slow
def test_a_variable_makes_a_full_refresh(published_sample: Path, tmp_path: Path) -> None:
    """A Databricks job passes parameters as variables; it cannot pass the flag --full-refresh."""

    def compiled(value: str) -> str:
        variables = f'{{full_refresh: "{value}", as_of: ""}}'
        done = subprocess.run(
            [*DBT, "--quiet", "compile", "--select", "int_sales__validated", "--vars", variables],
            cwd=PROJECT,
            env={
                **os.environ,
                **places(published_sample.parents[1]),
                ENVIRONMENT_VARIABLE: str(packages_dir(PROJECT)),
                "DBT_PROFILES_DIR": str(PROJECT),
                "DBT_TARGET_PATH": str(tmp_path),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    assert "touched_orders as" in compiled("false")
    assert "validated_now as (select" in compiled("true")
    assert "Use true or false." in compiled("yes")


@pytest.mark.slow
def test_a_project_folder_may_have_any_name(tmp_path: Path) -> None:
    project = tmp_path / "O'Brien's [x] {y} $HOME %20 ü* (1)"
    copy_project(project)
    write_small_landing(project / "landing")
    moved = {name for name in os.environ if name.startswith(("LAKEHOUSE_", "DBT_"))}
    env = {name: value for name, value in os.environ.items() if name not in moved}

    def lakehouse(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "orchestration", *arguments],
            cwd=project,
            env=env,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    lakehouse("run")
    assert "24.00" in lakehouse("ask", "revenue")
    assert str(project / "site" / "dashboard.html") in lakehouse("dashboard")
