"""The space as code: its rules, its benchmarks, its examples, and its way into a workspace."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import pytest
import sqlglot
import yaml
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.dashboards import (
    EvaluationStatusType,
    GenieAttachment,
    GenieEvalRunResponse,
    GenieGetMessageQueryResultResponse,
    GenieListSpacesResponse,
    GenieMessage,
    GenieQueryAttachment,
    GenieSpace,
    TextAttachment,
)
from databricks.sdk.service.sql import (
    ColumnInfo,
    ResultData,
    ResultManifest,
    ResultSchema,
    StatementResponse,
    StatementState,
    StatementStatus,
)

from orchestration.errors import LakehouseError
from orchestration.genie.compiler import inlined
from orchestration.genie.desk import Answer
from orchestration.genie.metrics import METRIC_VIEW, load_metrics
from orchestration.genie.space import (
    build_space,
    bundle_resource,
    load_benchmarks,
    load_examples,
)
from orchestration.genie.space_rules import lint_space
from orchestration.genie.workspace import ask_genie, deploy_space, run_benchmarks
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
    text = bundle_resource(project_dir, "${var.catalog}", "${resources.schemas.gold.name}")
    resource = yaml.safe_load(text)["resources"]["genie_spaces"]["gold_sales_genie"]
    document = resource["serialized_space"]
    assert "${var.catalog}.${resources.schemas.gold.name}.fact_sales" in document
    document = document.replace("${var.catalog}", "sales_prod")
    document = document.replace("${resources.schemas.gold.name}", "gold")
    assert json.loads(document) == build_space(project_dir, "sales_prod", "gold")


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


def test_a_column_that_does_not_exist_is_an_error(tmp_path: Path, project_dir: Path) -> None:
    for folder in ("models/marts", "models/_docs", "genie"):
        (tmp_path / folder).mkdir(parents=True)
        for path in (project_dir / folder).iterdir():
            (tmp_path / folder / path.name).write_text(path.read_text(encoding="utf-8"))
    text = (tmp_path / "genie/space.yml").read_text(encoding="utf-8")
    (tmp_path / "genie/space.yml").write_text(text.replace("[month_name,", "[moon_name,"))
    with pytest.raises(LakehouseError) as caught:
        build_space(tmp_path, "c", "s")
    assert "moon_name" in caught.value.message


# --- A workspace ----------------------------------------------------------------------


class Genie:
    """The calls of `WorkspaceClient.genie` that are used, with a memory."""

    def __init__(self) -> None:
        self.spaces: dict[str, GenieSpace] = {}
        self.calls: list[str] = []
        self.looks = 0

    def list_spaces(self, page_token: str | None = None) -> GenieListSpacesResponse:
        """One space a page."""
        found = list(self.spaces.values())
        place = int(page_token or 0)
        following = str(place + 1) if place + 1 < len(found) else None
        return GenieListSpacesResponse(next_page_token=following, spaces=found[place : place + 1])

    def create_space(self, warehouse_id: str, serialized_space: str, **rest: Any) -> GenieSpace:
        self.calls.append("create")
        space = GenieSpace(
            space_id=f"s{len(self.spaces)}",
            title=rest["title"],
            description=rest["description"],
            serialized_space=serialized_space,
            warehouse_id=warehouse_id,
            etag="1",
        )
        self.spaces[space.space_id] = space
        return space

    def get_space(self, space_id: str, include_serialized_space: bool) -> GenieSpace:
        assert include_serialized_space
        return self.spaces[space_id]

    def update_space(self, space_id: str, *, etag: str | None, **rest: Any) -> GenieSpace:
        self.calls.append("update")
        space = self.spaces[space_id]
        if etag != space.etag:
            raise ValueError("the space was changed meanwhile")
        for key, value in rest.items():
            setattr(space, key, value)
        space.etag = f"{int(space.etag or 0) + 1}"
        return space

    def genie_create_eval_run(self, space_id: str) -> GenieEvalRunResponse:
        assert space_id in self.spaces
        return GenieEvalRunResponse("r1", eval_run_status=EvaluationStatusType.NOT_STARTED)

    def genie_get_eval_run(self, space_id: str, run_id: str) -> GenieEvalRunResponse:
        assert (space_id in self.spaces, run_id) == (True, "r1")
        self.looks += 1
        done = self.looks > 1
        status = EvaluationStatusType.DONE if done else EvaluationStatusType.RUNNING
        return GenieEvalRunResponse(
            "r1", eval_run_status=status, num_questions=43, num_correct=40, num_needs_review=1
        )

    def start_conversation_and_wait(
        self, space_id: str, content: str, timeout: timedelta
    ) -> GenieMessage:
        assert timeout.total_seconds() > 0
        query = GenieAttachment(
            attachment_id="a1",
            query=GenieQueryAttachment(query="select 1 as revenue", description="Revenue"),
        )
        text = GenieAttachment(text=TextAttachment(content="I know nothing about that."))
        attachments = [text] if "weather" in content else [query]
        return GenieMessage(space_id, "c1", content, "m1", attachments=attachments, id="m1")

    def get_message_attachment_query_result(self, *ids: str) -> GenieGetMessageQueryResultResponse:
        assert ids == ("s0", "c1", "m1", "a1")
        return GenieGetMessageQueryResultResponse(
            StatementResponse(
                manifest=ResultManifest(schema=ResultSchema(columns=[ColumnInfo(name="revenue")])),
                result=ResultData(data_array=[["29356250.00"]]),
                status=StatementStatus(state=StatementState.SUCCEEDED),
            )
        )


@pytest.fixture
def genie() -> Genie:
    return Genie()


@pytest.fixture
def client(genie: Genie) -> WorkspaceClient:
    host = SimpleNamespace(host="https://example.invalid")
    return cast("WorkspaceClient", SimpleNamespace(genie=genie, config=host))


def _deploy(client: WorkspaceClient, space: dict[str, Any]) -> str:
    return deploy_space(client, space, title="Gold Sales Genie", warehouse_id="w1").action


def test_deploy_creates_then_leaves_alone_then_updates(
    client: WorkspaceClient, genie: Genie, space: dict[str, Any]
) -> None:
    genie.create_space("w1", "{}", title="Another", description=None)
    genie.calls.clear()
    assert _deploy(client, space) == "created"
    assert _deploy(client, space) == "unchanged"
    space["config"]["sample_questions"].pop()
    assert _deploy(client, space) == "updated"
    assert genie.calls == ["create", "update"]
    assert json.loads(genie.spaces["s1"].serialized_space or "") == space


def test_deploy_does_not_overwrite_what_somebody_changed_meanwhile(
    client: WorkspaceClient, genie: Genie, space: dict[str, Any]
) -> None:
    _deploy(client, space)
    read = genie.get_space

    def changed_meanwhile(space_id: str, include_serialized_space: bool) -> GenieSpace:
        seen = copy.copy(read(space_id, include_serialized_space))
        genie.spaces[space_id].etag = "9"
        return seen

    genie.get_space = changed_meanwhile  # type: ignore[method-assign]
    space["config"]["sample_questions"].pop()
    with pytest.raises(LakehouseError):
        _deploy(client, space)


def test_a_space_with_faults_is_not_deployed(
    client: WorkspaceClient, genie: Genie, space: dict[str, Any]
) -> None:
    space["version"] = 1
    with pytest.raises(LakehouseError):
        _deploy(client, space)
    assert genie.calls == []


def test_two_spaces_of_one_title_are_asked_about(
    client: WorkspaceClient, genie: Genie, space: dict[str, Any]
) -> None:
    for _ in range(2):
        genie.create_space("w1", "{}", title="Gold Sales Genie", description=None)
    with pytest.raises(LakehouseError, match="2 spaces"):
        _deploy(client, space)


def test_a_benchmark_run_is_waited_for(
    client: WorkspaceClient, genie: Genie, space: dict[str, Any]
) -> None:
    _deploy(client, space)
    slept: list[float] = []
    report = run_benchmarks(client, "s0", sleep=slept.append)
    assert (report.questions, report.correct, report.needs_review, report.wrong) == (43, 40, 1, 2)
    assert len(slept) == 2


def test_the_space_answers_and_refuses(client: WorkspaceClient) -> None:
    answer = ask_genie(client, "s0", "total revenue")
    assert answer.answered
    assert (answer.columns, answer.rows) == (("revenue",), (("29356250.00",),))
    assert answer.sql == "select 1 as revenue"
    refused = ask_genie(client, "s0", "the weather")
    assert not refused.answered
    assert refused.reason == "I know nothing about that."
