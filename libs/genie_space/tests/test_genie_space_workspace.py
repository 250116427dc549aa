"""Deploy, ask and benchmark, against the fake workspace."""

from __future__ import annotations

import json
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient

from genie_space import (
    GenieSpaceError,
    ask,
    deploy_space,
    find_space,
    run_benchmarks,
)

Json = dict[str, Any]


def deploy(client: WorkspaceClient, space: Json, **more: Any) -> str:
    return deploy_space(client, space, title="Sales", warehouse_id="w", **more).action


def test_created_unchanged_updated(client: WorkspaceClient, workspace: Any, space: Json) -> None:
    client.genie.create_space("w", "{}", title="Another")
    assert deploy(client, space) == "created"
    assert deploy(client, space) == "unchanged"
    space["config"]["sample_questions"].pop()
    assert deploy(client, space) == "updated"
    stored = workspace.spaces[find_space(client, "Sales")]
    assert json.loads(stored["serialized_space"]) == space
    stored["serialized_space"] = "{"
    assert deploy(client, space) == "updated", "what cannot be read is another space"


def test_a_join_without_its_relationship_is_refused(client: WorkspaceClient, space: Json) -> None:
    """By the lint, and by the workspace."""
    space["instructions"]["join_specs"][0]["sql"].pop()
    with pytest.raises(GenieSpaceError, match=r"join_specs\[0\]\.sql"):
        deploy(client, space)
    with pytest.raises(Exception, match="export proto"):
        client.genie.create_space("w", json.dumps(space))


def test_a_change_by_somebody_else_is_kept(
    client: WorkspaceClient, workspace: Any, space: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(client, space)
    read = client.genie.get_space

    def changed_meanwhile(*arguments: Any, **more: Any) -> Any:
        seen = read(*arguments, **more)
        workspace.spaces[seen.space_id].update(etag="9", description="theirs")
        return seen

    monkeypatch.setattr(client.genie, "get_space", changed_meanwhile)
    with pytest.raises(GenieSpaceError) as caught:
        deploy(client, space, description="ours")
    assert "nothing was overwritten" in caught.value.remedy
    assert workspace.spaces["s0"]["description"] == "theirs"


def test_a_create_whose_answer_is_lost_is_not_repeated(
    client: WorkspaceClient, workspace: Any, space: Json
) -> None:
    workspace.lose = "POST /spaces$"
    with pytest.raises(GenieSpaceError, match="Creating the space"):
        deploy(client, space)
    assert len(workspace.spaces) == 1
    assert deploy(client, space) == "unchanged"


def test_two_spaces_with_one_title(client: WorkspaceClient, space: Json) -> None:
    for _ in range(2):
        client.genie.create_space("w", "{}", title="Sales")
    with pytest.raises(GenieSpaceError, match="2 spaces") as caught:
        deploy(client, space)
    assert "DATABRICKS_GENIE_SPACE_ID" in caught.value.remedy
    assert deploy(client, space, space_id="s0") == "updated"


def test_missing_tables_and_a_missing_space(
    client: WorkspaceClient, workspace: Any, space: Json
) -> None:
    workspace.missing_tables = {"main.shop.orders"}
    with pytest.raises(GenieSpaceError, match=r"main\.shop\.orders") as caught:
        deploy(client, space)
    assert "run the job" in caught.value.remedy
    with pytest.raises(GenieSpaceError, match="Reading the space"):
        deploy(client, space, space_id="gone")


def test_a_benchmark_run(client: WorkspaceClient, workspace: Any, space: Json) -> None:
    deploy(client, space)
    workspace.assessments = {
        "Revenue?": ("BAD", ["LLM_JUDGE_INCORRECT_METRIC_CALCULATION"]),
        "Customers?": ("NEEDS_REVIEW", []),
    }
    lines: list[str] = []
    report = run_benchmarks(client, "s0", report=lines.append)
    assert (report.questions, report.correct, report.needs_review, report.wrong) == (2, 0, 1, 1)
    assert report.not_wrong == 0.5
    assert {str(each) for each in report.misses} == {
        "wrong: Revenue? (incorrect metric calculation)",
        "needs review: Customers?",
    }
    assert "of 2 questions" in lines[-1]


def test_a_benchmark_run_that_fails_or_hangs(
    client: WorkspaceClient, workspace: Any, space: Json
) -> None:
    deploy(client, space)
    workspace.eval_status = "EVALUATION_FAILED"
    with pytest.raises(GenieSpaceError, match="ended as EVALUATION_FAILED"):
        run_benchmarks(client, "s0")
    workspace.eval_status = "RUNNING"
    with pytest.raises(GenieSpaceError, match="has not ended after 1800 seconds"):
        run_benchmarks(client, "s0")


def query(sql: str, description: str) -> Json:
    attachment = {"attachment_id": "a", "query": {"query": sql, "description": description}}
    return {"message": {"attachments": [attachment]}, "columns": ["n"], "rows": [["1"], [None]]}


def test_an_answer(client: WorkspaceClient, workspace: Any) -> None:
    workspace.answers["q"] = query("select n from t", "All n.")
    answer = ask(client, "s0", "q")
    assert answer.answered
    assert (answer.text, answer.sql) == ("All n.", "select n from t")
    assert (answer.columns, answer.rows) == (("n",), (("1",), (None,)))
    workspace.answers["q"]["state"] = "FAILED"
    with pytest.raises(GenieSpaceError, match=r"did not succeed \(FAILED\)"):
        ask(client, "s0", "q")


def test_a_question_back_and_no_answer(client: WorkspaceClient, workspace: Any) -> None:
    suggested = {"suggested_questions": {"questions": ["Revenue?"]}}
    attachments = [{"text": {"content": "Which?"}}, suggested]
    workspace.answers["back"] = {"message": {"attachments": attachments}}
    answer = ask(client, "s0", "back")
    assert (answer.answered, answer.text, answer.suggestions) == (False, "Which?", ("Revenue?",))
    for status in ("FAILED", "CANCELLED"):
        error = {"error": "no warehouse", "type": "SQL"}
        workspace.answers[status] = {"message": {"status": status, "error": error}}
        assert ask(client, "s0", status).text == "no warehouse"


def test_no_answer_in_time(client: WorkspaceClient, workspace: Any) -> None:
    workspace.answers["q"] = {"message": {"status": "ASKING_AI"}}
    with pytest.raises(GenieSpaceError, match="timed out") as caught:
        ask(client, "s0", "q")
    assert "Ask again" in caught.value.remedy
