"""The space as code: its rules, its benchmarks, its examples, and its way into a workspace."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
import yaml

from genie_space.lint import lint_space
from genie_space.resource import KEY, RESOURCE, bundle_resource, check_resource
from genie_space.space import build_space, load_benchmarks, load_examples
from metric_ask.compiler import inlined
from metric_ask.desk import Answer
from metric_ask.metrics import METRIC_VIEW, load_metrics
from orchestration.errors import LakehouseError
from tests.python.genie.places import Place
from tests.python.genie.verdict import RIGHT, judge

MISSION = (
    "top 10 products by total sales amount this quarter",
    "which customer segments generate the highest revenue",
    "describe recent trends in monthly sales",
    "which products drive revenue in each region",
    "which products drive revenue growth this quarter",
    "which customers are growing",
    "which customers are declining",
)


@pytest.fixture
def space(project_dir: Path) -> dict[str, Any]:
    return build_space(project_dir, "sales_prod", "gold")


def test_the_space_has_no_faults(space: dict[str, Any]) -> None:
    assert lint_space(space) == []


def test_the_space_is_the_same_every_time(project_dir: Path, space: dict[str, Any]) -> None:
    assert json.dumps(space) == json.dumps(build_space(project_dir, "sales_prod", "gold"))


def test_columns_are_described_by_the_documentation(space: dict[str, Any]) -> None:
    for table in space["data_sources"]["tables"]:
        assert table["description"][0]
        for column in table["column_configs"]:
            assert column.get("exclude") or column["description"][0], (table, column)
            assert "doc(" not in str(column)


def test_benchmarks_are_many_and_hold_the_mission(project_dir: Path) -> None:
    benchmarks = load_benchmarks(project_dir)
    assert len(benchmarks) >= 40
    asked = " ".join(each.question.lower() for each in benchmarks)
    assert all(question in asked for question in MISSION)


def test_benchmarks_are_right(place: Place, project_dir: Path) -> None:
    """Each SQL, on local gold, against the same figures counted row by row."""
    wrong = []
    connection = duckdb.connect(str(place.published), read_only=True)
    connection.execute("use gold")
    try:
        for benchmark in load_benchmarks(project_dir):
            sql = sqlglot.transpile(benchmark.sql, read="databricks", write="duckdb")[0]
            result = connection.execute(sql)
            columns = tuple(each[0] for each in result.description)
            rows = tuple(result.fetchall())
            answer = Answer(benchmark.question, True, "read", sql, columns, rows)
            verdict = judge(benchmark.check, answer, place.gold)
            if verdict != RIGHT:
                wrong.append(f"{benchmark.question}: {verdict}")
    finally:
        connection.close()
    assert not wrong, "\n".join(wrong)


def test_examples_run_over_the_metric_view(sample: Place, project_dir: Path) -> None:
    """With the view put in its place; the first agrees with what the desk answers."""
    view = load_metrics(project_dir)
    connection = duckdb.connect(str(sample.published), read_only=True)
    connection.execute("use gold")
    try:
        for example in load_examples(project_dir):
            sql = inlined(example["sql"], view, METRIC_VIEW)
            defaults = {
                each["name"]: int(each["default"]) if each["type"] == "INTEGER" else each["default"]
                for each in example.get("parameters", ())
            }
            if "year" in defaults:
                defaults["year"] = sample.gold.last.year - 1
            rows = connection.execute(sql, defaults or None).fetchall()
            assert rows, example["question"]
            if "top 10 products" in example["question"]:
                answer = sample.desk.ask(example["question"])
                assert [row[1] for row in rows] == [row[1] for row in answer.rows]
    finally:
        connection.close()


def test_names_carry_catalog_and_schema(space: dict[str, Any]) -> None:
    for benchmark in space["benchmarks"]["questions"]:
        sql = "".join(benchmark["answer"][0]["content"])
        assert "sales_prod.gold." in sql


def test_the_bundle_holds_the_same_space(project_dir: Path) -> None:
    """Its references are texts here: put in their place, the document is the same."""
    assert check_resource(project_dir) == []
    text = (project_dir / RESOURCE).read_text(encoding="utf-8")
    resource = yaml.safe_load(text)["resources"]["genie_spaces"][KEY]
    document = resource["serialized_space"]
    assert "${var.catalog}.${resources.schemas.gold.name}.fact_sales" in document
    document = document.replace("${var.catalog}", "sales_prod")
    document = document.replace("${resources.schemas.gold.name}", "gold")
    assert json.loads(document) == build_space(project_dir, "sales_prod", "gold")


def test_the_file_of_the_bundle_is_written_anew_after_a_change(project_copy: Path) -> None:
    (project_copy / RESOURCE).parent.mkdir()
    assert "missing" in check_resource(project_copy)[0].problem
    (project_copy / RESOURCE).write_text(bundle_resource(project_copy), encoding="utf-8")
    assert check_resource(project_copy) == []
    path = project_copy / "genie" / "space.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("title: Gold Sales", "title: Golden Sales"), encoding="utf-8")
    assert "differs" in check_resource(project_copy)[0].problem


@pytest.fixture
def project_copy(tmp_path: Path, project_dir: Path) -> Path:
    """What the space is made of, where it can be changed."""
    for folder in ("models/marts", "models/_docs", "genie"):
        shutil.copytree(project_dir / folder, tmp_path / folder)
    return tmp_path


Plant = Callable[[dict[str, Any]], None]


def _set(*path: Any) -> Plant:
    """Plants a value at a path; the last element is the value."""

    def plant(space: dict[str, Any]) -> None:
        value: Any = space
        for part in path[:-2]:
            value = value[part]
        value[path[-2]] = path[-1]

    return plant


def _reversed(*path: str) -> Plant:
    def plant(space: dict[str, Any]) -> None:
        value: Any = space
        for part in path:
            value = value[part]
        value.reverse()

    return plant


def _twice(*path: str) -> Plant:
    def plant(space: dict[str, Any]) -> None:
        value: Any = space
        for part in path:
            value = value[part]
        value.append(copy.deepcopy(value[0]))

    return plant


EXAMPLES = ("instructions", "example_question_sqls")
TABLES = ("data_sources", "tables")
QUESTIONS = ("benchmarks", "questions")
PLANTED: dict[str, Plant] = {
    "version": _set("version", 1),
    "unknown key": _set("extras", {}),
    "unknown section": _set("instructions", "rules", []),
    "id too short": _set(*QUESTIONS, 0, "id", "abc"),
    "id in capitals": _set("config", "sample_questions", 0, "id", "A" * 32),
    "ids not sorted": _reversed(*QUESTIONS),
    "same id twice": _twice("config", "sample_questions"),
    "two text instructions": _twice("instructions", "text_instructions"),
    "tables not sorted": _reversed(*TABLES),
    "table twice": _twice(*TABLES),
    "two-part name": _set(*TABLES, 0, "identifier", "gold.dim_customers"),
    "columns not sorted": _reversed(*TABLES, 0, "column_configs"),  # type: ignore[arg-type]
    "column key of version 1": _set(*TABLES, 0, "column_configs", 0, "get_example_values", True),
    "question as text": _set("config", "sample_questions", 0, "question", "Revenue?"),
    "two questions in one": _set(*QUESTIONS, 0, "question", ["a", "b"]),
    "two answers": _twice(*QUESTIONS, 0, "answer"),  # type: ignore[arg-type]
    "answer not SQL": _set(*QUESTIONS, 0, "answer", [{"format": "TEXT", "content": ["a"]}]),
    "SQL that cannot be read": _set(*EXAMPLES, 0, "sql", ["select from where"]),
    "SQL that writes": _set(*EXAMPLES, 0, "sql", ["delete from sales_prod.gold.fact_sales"]),
    "two statements": _set(*EXAMPLES, 0, "sql", ["select 1; select 2"]),
    "table outside": _set(*EXAMPLES, 0, "sql", ["select 1 from sales_prod.silver.x"]),
    "unqualified table": _set(*EXAMPLES, 0, "sql", ["select 1 from fact_sales"]),
    "parameter not declared": _set(
        *EXAMPLES, 0, "sql", ["select 1 from sales_prod.gold.fact_sales where quantity = :n"]
    ),
    "parameter not used": _set(
        *EXAMPLES,
        0,
        "parameters",
        [{"name": "n", "type_hint": "STRING", "default_value": {"values": ["1"]}}],
    ),
    "join with a foreign table": _set(
        "instructions", "join_specs", 0, "left", "identifier", "sales_prod.silver.x"
    ),
    "join on two conditions": _set(
        "instructions", "join_specs", 0, "sql", ["a.x = b.x and a.y = b.y"]
    ),
    "filter without a name": _set("instructions", "sql_snippets", "filters", 0, "display_name", ""),
    "no tables": _set("data_sources", {"tables": [], "metric_views": []}),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_planted_faults_are_found(space: dict[str, Any], fault: str) -> None:
    PLANTED[fault](space)
    findings = lint_space(space)
    assert findings, fault
    assert all(each.problem and each.remedy for each in findings)


def test_a_column_that_does_not_exist_is_an_error(project_copy: Path) -> None:
    path = project_copy / "genie" / "space.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[month_name,", "[moon_name,"), encoding="utf-8")
    with pytest.raises(LakehouseError) as caught:
        build_space(project_copy, "c", "s")
    assert "moon_name" in caught.value.message
