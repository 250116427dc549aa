"""The rules of dbt-project-evaluator, asked of this project's manifest.

`conventions.yml` holds them: what each requires, a query for the names that break it, and the
exceptions. An exception has to be needed: one that nothing breaks any more fails as well.
"""

from __future__ import annotations

import fnmatch
import itertools
import os
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
import yaml
from sqlglot import exp

from lvdash import definition
from lvdash.dialect import single_query, tables
from metric_ask import Request, compile_sql
from orchestration.packages import DBT, ENVIRONMENT_VARIABLE, packages_dir
from orchestration.questions import load_metrics
from tests.python.conftest import PROJECT, Artifacts, places

Node = dict[str, Any]

RULES: dict[str, Any] = yaml.safe_load(
    Path(__file__).with_name("conventions.yml").read_text(encoding="utf-8")
)


COLUMNS = {
    "models": "name text, layer text, path text, declared_in text, code text, description text,"
    " access text, materialized text, has_contract boolean, parents integer",
    "sources": "name text, source text, path text, pattern text, description text,"
    " source_description text, days integer",
    "reads": "child text, child_layer text, parent text, parent_layer text",
    "columns": "model text, name text, description text, not_null boolean",
    "tests": "model text, test text, column_name text",
    "exposures": "exposure text, parent text",
}
"""What the queries ask. Models read models and sources; seeds are left out: they are look-up lists.

A model's layer is the folder below `models`; that of a source is `source`.
"""


def tabulated(manifest: Node) -> duckdb.DuckDBPyConnection:
    """The manifest as these tables."""
    nodes, parents = manifest["nodes"], manifest["parent_map"]
    models = {i: node for i, node in nodes.items() if node["resource_type"] == "model"}
    # The audit tables are no source of data; runs write into them.
    sources = {i: n for i, n in manifest["sources"].items() if n["source_name"] == "landing"}
    layers = {**dict.fromkeys(sources, "source"), **{i: n["fqn"][1] for i, n in models.items()}}
    names = {id_: node["name"] for id_, node in {**nodes, **sources}.items()}
    rows: dict[str, list[tuple[object, ...]]] = {name: [] for name in COLUMNS}
    for id_, node in models.items():
        declared_in = node["patch_path"].partition("://")[2]
        contract = node["config"]["contract"]["enforced"]
        rows["models"].append(
            (
                *(node["name"], layers[id_], node["original_file_path"], declared_in),
                *(node["raw_code"], node["description"], node["access"]),
                *(node["config"]["materialized"], contract, len(parents[id_])),
            )
        )
        rows["reads"] += [
            (node["name"], layers[id_], names[parent], layers[parent])
            for parent in parents[id_]
            if parent in layers
        ]
        for name, column in node["columns"].items():
            not_null = any(each["type"] == "not_null" for each in column["constraints"])
            rows["columns"].append((node["name"], name, column["description"], not_null))
    for node in sources.values():
        days = ((node["freshness"] or {}).get("warn_after") or {}).get("count") or 0
        pattern = node["config"]["meta"]["file_pattern"]
        rows["sources"].append(
            (
                *(node["name"], node["source_name"], node["original_file_path"], pattern),
                *(node["description"], node["source_description"], days),
            )
        )
    for node in nodes.values():
        if node["resource_type"] == "test" and node.get("attached_node") in models:
            tested = names[node["attached_node"]]
            rows["tests"].append((tested, node["test_metadata"]["name"], node["column_name"]))
    for node in manifest["exposures"].values():
        rows["exposures"] += [(node["name"], names[each]) for each in node["depends_on"]["nodes"]]

    connection = duckdb.connect()
    for table, content in rows.items():
        connection.execute(f"create table {table} ({COLUMNS[table]})")
        marks = ", ".join("?" * len(content[0]))
        connection.executemany(f"insert into {table} values ({marks})", content)
    return connection


@pytest.fixture(scope="module")
def project(artifacts: Artifacts) -> duckdb.DuckDBPyConnection:
    return tabulated(artifacts.manifest)


def broken_by(rule: str, project: duckdb.DuckDBPyConnection) -> set[str]:
    """The names that break a rule."""
    return {name for (name,) in project.execute(RULES[rule]["broken_by"]).fetchall()}


def test_these_are_the_29_rules() -> None:
    assert len(RULES) == 29


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_holds_or_its_exception_is_needed(
    rule: str, project: duckdb.DuckDBPyConnection
) -> None:
    found = broken_by(rule, project)
    excepted = {each: fnmatch.filter(found, each) for each in RULES[rule].get("except", {})}
    assert found == {*itertools.chain.from_iterable(excepted.values())}
    assert all(excepted.values())


def test_the_page_lists_every_rule_and_every_exception() -> None:
    page = (PROJECT / "docs" / "conventions.md").read_text(encoding="utf-8")
    for name, rule in RULES.items():
        title = name.replace("_", " ").capitalize()
        assert f"| {title} | {rule['requires']} |" in page, title
        for what, reason in rule.get("except", {}).items():
            assert f"`{what}`" in page, what
            assert reason in " ".join(page.split()), reason


# --- What people read -----------------------------------------------------------------------------


def test_a_model_depends_on_what_its_foreign_keys_refer_to(artifacts: Artifacts) -> None:
    keys = {
        (model["name"], target.split(".")[0], tuple(model["depends_on"]["nodes"]))
        for model in artifacts.manifest["nodes"].values()
        if model["resource_type"] == "model"
        for target in model["config"]["meta"].get("foreign_keys", {}).values()
    }
    assert keys
    missing = [
        f"{name} does not depend on {table}"
        for name, table, parents in sorted(keys)
        if f"model.sales_lakehouse.{table}" not in parents
    ]
    assert missing == []


def test_exposures_depend_on_what_their_readers_read(
    project: duckdb.DuckDBPyConnection,
) -> None:
    board = definition.load(PROJECT / "dashboards" / "gold_sales.lvdash.json")
    space = yaml.safe_load((PROJECT / "genie" / "space.yml").read_text(encoding="utf-8"))
    view = load_metrics(PROJECT)
    asked = sqlglot.parse_one(
        compile_sql(Request((*view.measures,), (*view.dimensions,)), view), read="duckdb"
    )
    ctes = {cte.alias for cte in asked.find_all(exp.CTE)}
    read = {
        "gold_sales_dashboard": {
            name.split(".")[-1]
            for dataset in board.datasets.values()
            for name in tables(single_query(dataset.sql))
        },
        "gold_sales_genie": set(space["tables"]),
        "lakehouse_ask": {table.name for table in asked.find_all(exp.Table)} - ctes,
    }
    declared = project.execute(
        "select exposure, list(parent) from exposures group by all"
    ).fetchall()
    assert {exposure: set(parents) for exposure, parents in declared} == read


# --- What dbt will no longer take -----------------------------------------------------------------


def parse_for_databricks(root: Path, project_dir: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *DBT,
            *("--no-use-colors", "parse", "--target", "databricks", "--no-partial-parse"),
            *("--show-all-deprecations", "--warn-error-options", '{"error": ["Deprecations"]}'),
        ],
        cwd=project_dir,
        env={
            **os.environ,
            **places(root),
            "LAKEHOUSE_PROJECT_DIR": str(project_dir),
            ENVIRONMENT_VARIABLE: str(packages_dir(PROJECT)),
            "DBT_PROFILES_DIR": str(PROJECT),
            # Nothing is asked of it: parsing needs no connection.
            "DATABRICKS_HOST": "nowhere.invalid",
            "DATABRICKS_HTTP_PATH": "/sql/1.0/warehouses/none",
            "DATABRICKS_TOKEN": "none",
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_nothing_is_deprecated(tmp_path: Path) -> None:
    """On the databricks target: dbt-duckdb leaves out the checks of what YAML may hold."""
    parsed = parse_for_databricks(tmp_path, PROJECT)
    assert parsed.returncode == 0, parsed.stdout + parsed.stderr


def test_the_gate_sees_what_is_deprecated(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "models").mkdir(parents=True)
    (project / "dbt_project.yml").write_text("name: x\nprofile: sales_lakehouse\n", "utf-8")
    (project / "models" / "x.sql").write_text("select 1 as a\n", encoding="utf-8")
    old = {"models": [{"name": "x", "columns": [{"name": "a", "tests": [{"accepted_values": {
        "values": [1]}}]}]}]}  # fmt: skip
    (project / "models" / "x.yml").write_text(yaml.safe_dump(old), encoding="utf-8")
    parsed = parse_for_databricks(tmp_path, project)
    assert parsed.returncode != 0
    assert "MissingArgumentsPropertyInGenericTestDeprecation" in parsed.stdout
