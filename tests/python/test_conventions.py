"""The rules of dbt-project-evaluator, asked of this project's manifest.

Each of the 29 rules is a function that returns what breaks it. An exception stands in `EXCEPTIONS`
with its reason, names models or a pattern of names, and has to be needed: one that nothing breaks
any more fails as well.
docs/conventions.md lists both; a test compares.
"""

from __future__ import annotations

import fnmatch
import itertools
import os
import re
import subprocess
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

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

FANOUT = 3
"""Models directly downstream of a model above which it should be looked at."""
JOINS = 7
CHAINED_VIEWS = 4


class Project:
    """The manifest, as the rules want to ask it."""

    def __init__(self, manifest: dict[str, Any]) -> None:
        self.manifest = manifest
        sources = manifest["sources"].items()
        # The audit tables are no source of data; runs write into them.
        self.sources: dict[str, Node] = {
            id_: node for id_, node in sources if node["source_name"] == "landing"
        }
        self.models = self._of("model")
        self.exposures: dict[str, Node] = manifest["exposures"]

    def _of(self, kind: str) -> dict[str, Node]:
        nodes = self.manifest["nodes"].items()
        return {id_: node for id_, node in nodes if node["resource_type"] == kind}

    @cached_property
    def parents(self) -> dict[str, list[str]]:
        """Sources and models a model reads directly, seeds left out: they are look-up lists."""
        return {
            id_: [
                each
                for each in self.manifest["parent_map"].get(id_, [])
                if each in self.models or each in self.sources
            ]
            for id_ in self.models
        }

    @cached_property
    def children(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for id_, parents in self.parents.items():
            for parent in parents:
                found[parent].append(id_)
        return found

    def kind(self, id_: str) -> str:
        """The folder below models: bronze, staging, intermediate, marts, quality."""
        return str(self.models[id_]["fqn"][1]) if id_ in self.models else "source"

    def name(self, id_: str) -> str:
        if id_ in self.sources:
            return str(self.sources[id_]["name"])
        return str(self.manifest["nodes"].get(id_, self.exposures.get(id_, {})).get("name", id_))

    def reads_sources(self, id_: str) -> list[str]:
        return [parent for parent in self.parents[id_] if parent in self.sources]

    def tests(self, id_: str) -> list[Node]:
        return [node for node in self._of("test").values() if node.get("attached_node") == id_]


Rule = Callable[[Project], Iterator[str]]
RULES: dict[str, Rule] = {}


def rule(function: Rule) -> Rule:
    RULES[function.__name__.removeprefix("_")] = function
    return function


# --- Modelling ------------------------------------------------------------------------------------


@rule
def direct_join_to_source(project: Project) -> Iterator[str]:
    """A model reads sources or models, not both."""
    for id_, parents in project.parents.items():
        sources = project.reads_sources(id_)
        if sources and len(sources) < len(parents):
            yield project.name(id_)


@rule
def downstream_models_dependent_on_source(project: Project) -> Iterator[str]:
    """Intermediate models and marts read no source."""
    for id_ in project.models:
        if project.kind(id_) not in ("bronze", "staging") and project.reads_sources(id_):
            yield project.name(id_)


@rule
def duplicate_sources(project: Project) -> Iterator[str]:
    """No two sources match the same files."""
    found = Counter(node["config"]["meta"]["file_pattern"] for node in project.sources.values())
    yield from (pattern for pattern, count in found.items() if count > 1)


@rule
def hard_coded_references(project: Project) -> Iterator[str]:
    """A model names tables only through ref and source."""
    for node in project.models.values():
        if re.search(r"\b(from|join)\s+[\"`]?\w+[\"`]?\.[\"`]?\w+", node["raw_code"], re.I):
            yield node["name"]


@rule
def model_fanout(project: Project) -> Iterator[str]:
    """At most three final models (read by no model) depend directly on one model."""
    for id_ in project.models:
        leaves = [each for each in project.children[id_] if not project.children[each]]
        if len(leaves) > FANOUT:
            yield project.name(id_)


@rule
def multiple_sources_joined(project: Project) -> Iterator[str]:
    """A model reads one source."""
    yield from (project.name(id_) for id_ in project.models if len(project.reads_sources(id_)) > 1)


@rule
def rejoining_of_upstream_concepts(project: Project) -> Iterator[str]:
    """The only reader of a model does not also read that model's parents."""
    for id_, parents in project.parents.items():
        for parent in parents:
            if project.children[parent] == [id_] and parent in project.models:
                again = set(project.parents[parent]) & set(parents)
                yield from (f"{project.name(id_)} <- {project.name(each)}" for each in again)


@rule
def root_models(project: Project) -> Iterator[str]:
    """A model has a parent."""
    for id_, parents in project.parents.items():
        if not parents and not project.manifest["parent_map"].get(id_):
            yield project.name(id_)


@rule
def source_fanout(project: Project) -> Iterator[str]:
    """Only one model reads a source."""
    yield from (project.name(id_) for id_ in project.sources if len(project.children[id_]) > 1)


@rule
def staging_models_dependent_on_downstream_models(project: Project) -> Iterator[str]:
    """Staging reads no intermediate model and no mart."""
    for id_, parents in project.parents.items():
        if project.kind(id_) == "staging":
            later = [each for each in parents if project.kind(each) not in ("bronze", "source")]
            later = [each for each in later if project.kind(each) != "staging"]
            yield from (project.name(id_) for _ in later[:1])


@rule
def staging_models_dependent_on_other_staging_models(project: Project) -> Iterator[str]:
    """Staging reads no other staging model."""
    for id_, parents in project.parents.items():
        if project.kind(id_) == "staging" and "staging" in map(project.kind, parents):
            yield project.name(id_)


@rule
def unused_sources(project: Project) -> Iterator[str]:
    """Every source is read."""
    yield from (project.name(id_) for id_ in project.sources if not project.children[id_])


@rule
def models_with_too_many_joins(project: Project) -> Iterator[str]:
    """A model reads at most six others."""
    yield from (
        project.name(id_) for id_, parents in project.parents.items() if len(parents) >= JOINS
    )


# --- Testing --------------------------------------------------------------------------------------


@rule
def missing_primary_key_tests(project: Project) -> Iterator[str]:
    """Every model has a tested key: one column, several, or one row per day."""
    for id_, node in project.models.items():
        kinds = defaultdict(set)
        for test in project.tests(id_):
            kinds[test["test_metadata"]["name"]].add(test.get("column_name"))
        for column in node["columns"].values():
            if any(each["type"] == "not_null" for each in column["constraints"]):
                kinds["not_null"].add(column["name"])
        unique = kinds["unique"] & kinds["not_null"]
        combined = kinds["unique_combination_of_columns"] or kinds["covers_every_day_once"]
        if not unique and not combined:
            yield node["name"]


@rule
def missing_source_freshness(project: Project) -> Iterator[str]:
    """Every source declares how old it may be."""
    for node in project.sources.values():
        if not ((node.get("freshness") or {}).get("warn_after") or {}).get("count"):
            yield node["name"]


@rule
def _test_coverage(project: Project) -> Iterator[str]:
    """Every model is tested."""
    yield from (node["name"] for id_, node in project.models.items() if not project.tests(id_))


# --- Documentation --------------------------------------------------------------------------------


@rule
def documentation_coverage(project: Project) -> Iterator[str]:
    """Every column is described."""
    for node in project.models.values():
        missing = [name for name, column in node["columns"].items() if not column["description"]]
        yield from (f"{node['name']}.{name}" for name in missing)


@rule
def undocumented_models(project: Project) -> Iterator[str]:
    """Every model is described."""
    yield from (node["name"] for node in project.models.values() if not node["description"])


@rule
def undocumented_source_tables(project: Project) -> Iterator[str]:
    """Every table of a source is described."""
    yield from (node["name"] for node in project.sources.values() if not node["description"])


@rule
def undocumented_sources(project: Project) -> Iterator[str]:
    """Every source is described."""
    for node in project.sources.values():
        if not node["source_description"]:
            yield node["source_name"]


# --- Structure ------------------------------------------------------------------------------------

NAMES = {
    "bronze": r"(crm|erp)_\w+|file_load_log",
    "staging": r"stg_[a-z]+__\w+",
    "intermediate": r"int_\w+",
    "marts": r"(dim|fact|dashboard|data_quality)_\w+|product_costs",
    "quality": r"\w+",
}


@rule
def model_naming_conventions(project: Project) -> Iterator[str]:
    """The name of a model shows its layer."""
    for id_, node in project.models.items():
        if not re.fullmatch(NAMES[project.kind(id_)], node["name"]):
            yield node["name"]


@rule
def model_directories(project: Project) -> Iterator[str]:
    """A model is in the folder of its layer."""
    for node in project.models.values():
        if node["original_file_path"].split("/")[1] not in NAMES:
            yield node["name"]


@rule
def source_directories(project: Project) -> Iterator[str]:
    """A source is declared in the folder of the models that read it."""
    for id_, node in project.sources.items():
        readers = {project.models[each]["original_file_path"] for each in project.children[id_]}
        if {Path(each).parent for each in readers} != {Path(node["original_file_path"]).parent}:
            yield node["name"]


@rule
def _test_directories(project: Project) -> Iterator[str]:
    """A model's tests are declared in the YAML file of its folder."""
    for node in project.models.values():
        declared = Path(node["patch_path"].partition("://")[2])
        if declared != Path(node["original_file_path"]).with_name("_models.yml"):
            yield node["name"]


# --- Performance ----------------------------------------------------------------------------------


@rule
def chained_view_dependencies(project: Project) -> Iterator[str]:
    """At most three views follow each other, because each reader runs all of them."""

    def length(id_: str) -> int:
        if project.models[id_]["config"]["materialized"] != "view":
            return 0
        above = [length(each) for each in project.parents[id_] if each in project.models]
        return 1 + max(above, default=0)

    yield from (project.name(id_) for id_ in project.models if length(id_) >= CHAINED_VIEWS)


@rule
def exposure_parents_materializations(project: Project) -> Iterator[str]:
    """An exposure reads tables, not views."""
    for node in project.exposures.values():
        for parent in node["depends_on"]["nodes"]:
            if project.models[parent]["config"]["materialized"] not in ("table", "incremental"):
                yield f"{node['name']} <- {project.name(parent)}"


# --- Governance -----------------------------------------------------------------------------------


@rule
def exposures_dependent_on_private_models(project: Project) -> Iterator[str]:
    """An exposure reads public models."""
    parents = {
        parent for node in project.exposures.values() for parent in node["depends_on"]["nodes"]
    }
    for parent in sorted(parents):
        if project.models[parent]["access"] != "public":
            yield project.name(parent)


@rule
def public_models_without_contracts(project: Project) -> Iterator[str]:
    """A public model has a contract."""
    for node in project.models.values():
        if node["access"] == "public" and not node["config"]["contract"]["enforced"]:
            yield node["name"]


@rule
def undocumented_public_models(project: Project) -> Iterator[str]:
    """A public model and all its columns are described."""
    for node in project.models.values():
        columns = node["columns"].values()
        described = node["description"] and all(column["description"] for column in columns)
        if node["access"] == "public" and not described:
            yield node["name"]


# --- Exceptions ------------------------------------------------------------------------

OF_THE_LIST = "compares the files of the source with the list of loaded files; no row is joined."
UNION = "reads each of the six sources in a branch of its own."
FATES = "counts loaded and published rows independently and compares them."
AMBIGUOUS = "counts which of the corrections were flagged as ambiguous."
ATTRIBUTES = "takes other columns from it than the model between."
MONTHS = "each table of the dashboard is by month."
BY_KEY = "refers to it by a key and is built after it."
EXCEPTIONS: dict[str, dict[str, str]] = {
    "direct_join_to_source": {"crm_*": OF_THE_LIST, "erp_*": OF_THE_LIST},
    "rejoining_of_upstream_concepts": {
        "corrected_amounts <- rule_violations": AMBIGUOUS,
        "dashboard_lines <- dim_products": ATTRIBUTES,
        "product_costs <- dim_products": BY_KEY,
        "reconciliation <- int_*__validated": FATES,
    },
    "model_fanout": {"dashboard_months": MONTHS},
    "root_models": {
        "dim_dates": "the calendar is computed from two dates in dbt_project.yml.",
        "file_load_log": "each bronze load writes to it in its own transaction.",
    },
    "models_with_too_many_joins": dict.fromkeys(
        ("published_totals", "quarantine", "reconciliation"), UNION
    ),
}


@pytest.fixture(scope="module")
def project(artifacts: Artifacts) -> Project:
    return Project(artifacts.manifest)


def test_these_are_the_29_rules() -> None:
    assert len(RULES) == 29
    assert EXCEPTIONS.keys() <= RULES.keys()


@pytest.mark.parametrize("name", RULES)
def test_the_rule_holds_or_its_exception_is_needed(name: str, project: Project) -> None:
    found = set(RULES[name](project))
    excepted = {each: fnmatch.filter(found, each) for each in EXCEPTIONS.get(name, {})}
    assert found == {*itertools.chain.from_iterable(excepted.values())}
    assert all(excepted.values())


def test_the_page_lists_every_rule_and_every_exception() -> None:
    page = (PROJECT / "docs" / "conventions.md").read_text(encoding="utf-8")
    for name, function in RULES.items():
        title = name.replace("_", " ").capitalize()
        assert f"| {title} | {function.__doc__} |" in page, title
        for what, reason in EXCEPTIONS.get(name, {}).items():
            assert f"`{what}`" in page, what
            assert reason in " ".join(page.split()), reason


# --- What people read -----------------------------------------------------------------------------


def test_a_model_depends_on_what_its_foreign_keys_refer_to(project: Project) -> None:
    keys = {
        (model["name"], target.split(".")[0], tuple(model["depends_on"]["nodes"]))
        for model in project.models.values()
        for target in model["config"]["meta"].get("foreign_keys", {}).values()
    }
    assert keys
    missing = [
        f"{name} does not depend on {table}"
        for name, table, parents in sorted(keys)
        if f"model.sales_lakehouse.{table}" not in parents
    ]
    assert missing == []


def test_exposures_depend_on_what_their_readers_read(project: Project) -> None:
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
    declared = {
        node["name"]: {project.name(parent) for parent in node["depends_on"]["nodes"]}
        for node in project.exposures.values()
    }
    assert declared == read


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
