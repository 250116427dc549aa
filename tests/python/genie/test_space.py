"""The project's Genie space: its descriptions, benchmarks, examples, and the bundle's file."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import sqlglot
import yaml

from genie_space import GenieSpaceError, lint_space
from metric_ask import Answer, inlined, open_readonly
from orchestration.errors import LakehouseError
from orchestration.genie import (
    BENCHMARKS,
    KEY,
    RESOURCE,
    SPACE,
    build_space,
    check_space,
    load_benchmarks,
    load_definition,
    write_resource,
)
from orchestration.questions import METRIC_VIEW, load_metrics
from tests.python.genie.places import Place
from tests.python.genie.verdict import RIGHT, assess

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


def test_no_faults_and_the_bundle_is_up_to_date(project_dir: Path) -> None:
    assert check_space(project_dir) == {SPACE: [], RESOURCE: []}


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
    with open_readonly(place.published, "gold") as connection:
        for benchmark in load_benchmarks(project_dir):
            sql = sqlglot.transpile(benchmark.sql, read="databricks", write="duckdb")[0]
            result = connection.execute(sql)
            columns = tuple(each[0] for each in result.description)
            rows = tuple(result.fetchall())
            answer = Answer(benchmark.question, True, "read", sql, columns, rows)
            verdict = assess(benchmark.check, answer, place.gold)
            if verdict != RIGHT:
                wrong.append(f"{benchmark.question}: {verdict}")
    assert not wrong, "\n".join(wrong)


def test_examples_run_over_the_metric_view(sample: Place, project_dir: Path) -> None:
    """With the view put in its place; the first agrees with what `ask` answers."""
    view = load_metrics(project_dir)
    examples = load_definition(project_dir).examples
    assert len(examples) >= 8, "as many as the platform asks for"
    with open_readonly(sample.published, "gold") as connection:
        for example in examples:
            sql = inlined(example.sql, view, METRIC_VIEW)
            defaults = {
                each.name: int(each.default) if each.type == "INTEGER" else each.default
                for each in example.parameters
            }
            if "year" in defaults:
                defaults["year"] = sample.gold.last.year - 1
            rows = connection.execute(sql, defaults or None).fetchall()
            assert rows, example.question
            if "top 10 products" in example.question:
                answer = sample.analyst.ask(example.question)
                # An answer also shows the equals of the last row.
                shown = [row[1] for row in answer.rows]
                assert [row[1] for row in rows] == shown[: len(rows)]


def test_the_bundle_holds_the_same_space(project_dir: Path) -> None:
    """Its references are texts here: put in their place, the document is the same."""
    text = (project_dir / RESOURCE).read_text(encoding="utf-8")
    document = yaml.safe_load(text)["resources"]["genie_spaces"][KEY]["serialized_space"]
    assert "${var.catalog}.${resources.schemas.gold.name}.fact_sales" in document
    document = document.replace("${var.catalog}", "sales_prod")
    document = document.replace("${resources.schemas.gold.name}", "gold")
    assert json.loads(document) == build_space(project_dir, "sales_prod", "gold")


def test_the_bundle_is_written_after_a_change(project_copy: Path) -> None:
    (project_copy / RESOURCE).parent.mkdir()
    assert "missing" in check_space(project_copy)[RESOURCE][0].what
    assert write_resource(project_copy) == (project_copy / RESOURCE, True)
    assert write_resource(project_copy) == (project_copy / RESOURCE, False)
    path = project_copy / SPACE
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("title: Gold Sales", "title: Golden Sales"), encoding="utf-8")
    assert "differs" in check_space(project_copy)[RESOURCE][0].what


def test_the_space_reads_the_catalog_and_schema_it_is_deployed_to(project_dir: Path) -> None:
    """Two developers deploy side by side: nothing in it names another place."""
    catalog, schema = "sales_dev", "dev_ann_lee_gold"
    space = build_space(project_dir, catalog, schema)
    # Every table that a statement names is one of the sources.
    assert lint_space(space) == []
    sources = [*space["data_sources"]["tables"], *space["data_sources"]["metric_views"]]
    assert all(each["identifier"].startswith(f"{catalog}.{schema}.") for each in sources)


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (SPACE, "  dim_dates:", "  dim_moons:", "documents dim_moons"),
        (SPACE, "[month_name,", "[moon_name,", "dim_dates has no column moon_name"),
        (BENCHMARKS, "{lines} where", "{moons} where", "a macro is missing: 'moons'"),
    ],
)
def test_a_wrong_name_is_an_error(
    project_copy: Path, file: Path, old: str, new: str, expected: str
) -> None:
    path = project_copy / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises((LakehouseError, GenieSpaceError), match=expected):
        build_space(project_copy, "c", "s")


@pytest.fixture
def project_copy(tmp_path: Path, project_dir: Path) -> Path:
    """What the space is made of, where it can be changed."""
    for folder in ("models/marts", "models/_docs", "macros", "genie"):
        shutil.copytree(project_dir / folder, tmp_path / folder)
    return tmp_path
