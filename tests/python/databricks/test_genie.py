"""The Genie space in a workspace: deployed, benchmarked, asked, and the commands around it."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from databricks.sdk import WorkspaceClient
from rich.console import Console
from typer.testing import CliRunner, Result

from genie_space.benchmark import run_benchmarks
from genie_space.conversation import ask_genie
from genie_space.deploy import deploy_space, find_space
from genie_space.space import build_space, load_benchmarks
from metric_ask.desk import Answer
from orchestration.ask_both import Both, print_both
from orchestration.cli import app
from orchestration.databricks import genie as remote
from orchestration.errors import ExitCode, LakehouseError
from tests.python.databricks.conftest import Told
from tests.python.databricks.standin import Standin

TITLE = "Gold Sales Genie"
MINE = "[dev ann_lee] Gold Sales Genie"
QUESTION = "revenue by category"
ANSWER = {
    "sql": "select category, measure(revenue) as revenue from sales_metrics group by all",
    "description": "Revenue by category.",
    "columns": ["category", "revenue"],
    "rows": [["Bikes", "12.50"], [None, "0"]],
}
SPACES = "/genie/spaces"


def no_pause(_: float) -> None:
    """Wait for nothing."""


@pytest.fixture
def space(project_dir: Path) -> dict[str, Any]:
    return build_space(project_dir, "sales_dev", "gold")


def _deploy(client: WorkspaceClient, space: dict[str, Any], **more: Any) -> str:
    return deploy_space(client, space, title=TITLE, warehouse_id="w1", **more).action


def test_deploy_creates_then_leaves_alone_then_updates(
    client: WorkspaceClient, standin: Standin, space: dict[str, Any]
) -> None:
    client.genie.create_space("w1", "{}", title="Another")
    assert _deploy(client, space) == "created"
    assert _deploy(client, space) == "unchanged"
    space["config"]["sample_questions"].pop()
    assert _deploy(client, space) == "updated"
    assert (standin.count("POST", SPACES), standin.count("PATCH", SPACES)) == (2, 1)
    stored = standin.spaces[find_space(client, TITLE)]
    assert json.loads(stored["serialized_space"]) == space
    assert stored["warehouse_id"] == "w1"


def test_deploy_does_not_overwrite_what_somebody_changed_meanwhile(
    client: WorkspaceClient,
    standin: Standin,
    space: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _deploy(client, space)
    read = client.genie.get_space

    def changed_meanwhile(*arguments: Any, **more: Any) -> Any:
        seen = read(*arguments, **more)
        standin.spaces[seen.space_id].update(etag="9", description="somebody else's")
        return seen

    monkeypatch.setattr(client.genie, "get_space", changed_meanwhile)
    space["config"]["sample_questions"].pop()
    with pytest.raises(LakehouseError) as caught:
        _deploy(client, space)
    assert "nothing was overwritten" in caught.value.remedy
    assert [each["description"] for each in standin.spaces.values()] == ["somebody else's"]


def test_a_create_whose_answer_is_lost_is_not_repeated(
    client: WorkspaceClient, standin: Standin, space: dict[str, Any]
) -> None:
    standin.drop("POST", SPACES, after=True)
    with pytest.raises(LakehouseError):
        _deploy(client, space)
    assert len(standin.spaces) == 1
    assert _deploy(client, space) == "unchanged"


def test_a_space_with_faults_is_not_deployed(
    client: WorkspaceClient, standin: Standin, space: dict[str, Any]
) -> None:
    space["version"] = 1
    with pytest.raises(LakehouseError, match="faults"):
        _deploy(client, space)
    assert standin.count("GET", SPACES) + standin.count("POST", SPACES) == 0


def test_two_spaces_of_one_title_are_asked_about(
    client: WorkspaceClient, space: dict[str, Any]
) -> None:
    ids = [client.genie.create_space("w1", "{}", title=TITLE).space_id for _ in range(2)]
    with pytest.raises(LakehouseError, match="2 spaces") as caught:
        _deploy(client, space)
    assert "DATABRICKS_GENIE_SPACE_ID" in caught.value.remedy
    assert _deploy(client, space, space_id=ids[0]) == "updated"


def test_without_its_tables_the_remedy_is_to_run_the_job(
    client: WorkspaceClient, standin: Standin, space: dict[str, Any]
) -> None:
    standin.missing_tables = {"sales_dev.gold.fact_sales"}
    with pytest.raises(LakehouseError, match=r"gold\.fact_sales") as caught:
        _deploy(client, space)
    assert "run the job first" in caught.value.remedy


def test_a_benchmark_run_tells_what_was_missed(
    client: WorkspaceClient,
    standin: Standin,
    space: dict[str, Any],
    project_dir: Path,
    told: Told,
) -> None:
    asked = load_benchmarks(project_dir)
    wrong, unsure = asked[-1].question, asked[0].question
    standin.assessments = {
        wrong: ("BAD", ["LLM_JUDGE_INCORRECT_METRIC_CALCULATION"]),
        unsure: ("NEEDS_REVIEW", []),
    }
    _deploy(client, space)
    report = run_benchmarks(client, find_space(client, TITLE), report=told, sleep=no_pause)
    assert (report.questions, report.correct) == (len(asked), len(asked) - 2)
    assert (report.needs_review, report.wrong) == (1, 1)
    assert {str(each) for each in report.misses} == {
        f"wrong: {wrong} (incorrect metric calculation)",
        f"needs review: {unsure}",
    }
    assert f"of {len(asked)} questions" in told.text()


def test_a_benchmark_run_that_fails_or_hangs_is_an_error(
    client: WorkspaceClient, standin: Standin, space: dict[str, Any]
) -> None:
    _deploy(client, space)
    space_id = find_space(client, TITLE)
    standin.eval_status = "EVALUATION_FAILED"
    with pytest.raises(LakehouseError, match="EVALUATION_FAILED"):
        run_benchmarks(client, space_id, sleep=no_pause)
    standin.eval_status = "RUNNING"
    with pytest.raises(LakehouseError, match="has not ended after 1800 seconds"):
        run_benchmarks(client, space_id, sleep=no_pause)


@pytest.fixture
def space_id(client: WorkspaceClient, space: dict[str, Any]) -> str:
    _deploy(client, space)
    return find_space(client, TITLE)


def test_the_space_answers(client: WorkspaceClient, standin: Standin, space_id: str) -> None:
    standin.answers[QUESTION] = ANSWER
    standin.fail("GET", "/messages/", 503)
    answer = ask_genie(client, space_id, QUESTION, sleep=no_pause)
    assert answer.answered
    assert answer.columns == ("category", "revenue")
    assert answer.rows == (("Bikes", "12.50"), (None, "0"))
    assert (answer.sql, answer.reading) == (ANSWER["sql"], "Revenue by category.")


def test_the_space_asks_back(client: WorkspaceClient, standin: Standin, space_id: str) -> None:
    standin.answers["the weather"] = {"text": "I know nothing of it.", "suggestions": [QUESTION]}
    answer = ask_genie(client, space_id, "the weather", sleep=no_pause)
    assert not answer.answered
    assert (answer.reason, answer.suggestions) == ("I know nothing of it.", (QUESTION,))


def test_the_space_fails_or_hangs(client: WorkspaceClient, standin: Standin, space_id: str) -> None:
    standin.answers["x"] = {"error": "the warehouse is gone"}
    assert ask_genie(client, space_id, "x", sleep=no_pause).reason == "the warehouse is gone"
    standin.answers["y"] = {"hangs": True}
    with pytest.raises(LakehouseError, match="has not answered after 180 seconds"):
        ask_genie(client, space_id, "y", sleep=no_pause)


def test_the_first_deployment_leaves_out_the_space_alone(project_dir: Path) -> None:
    """docs/deploy.md names what to deploy first; what that refers to comes along by itself."""
    resources = {
        f"{kind}.{key}": value
        for file in sorted((project_dir / "resources").glob("*.yml"))
        for kind, entries in yaml.safe_load(file.read_text())["resources"].items()
        for key, value in entries.items()
    }
    text = (project_dir / "docs" / "deploy.md").read_text(encoding="utf-8")
    named = re.search(r"--select ([\w.,]+)", text)
    assert named
    waiting, reached = named[1].split(","), set[str]()
    while waiting:
        name = waiting.pop()
        reached.add(name)
        found = re.findall(r"\$\{resources\.(\w+\.\w+)", json.dumps(resources[name]))
        waiting += [each for each in found if each not in reached]
    assert set(resources) - reached == {"genie_spaces.gold_sales_genie"}


# --- Two answers ----------------------------------------------------------------------


def _answer(*rows: tuple[Any, ...], answered: bool = True) -> Answer:
    return Answer("q", answered, columns=("category", "revenue"), rows=rows, reason="no idea")


@pytest.mark.parametrize(
    ("genie", "agree"),
    [
        (_answer((None, "0"), ("Bikes", "12.5")), True),
        (_answer(("Bikes", "12.50"), ("n/a", "0.00")), True),
        (_answer(("Bikes", "12.51"), ("n/a", "0")), False),
        (_answer(("Bikes", "12.50")), False),
        (_answer(answered=False), None),
    ],
)
def test_two_answers_are_compared_to_the_cent(genie: Answer, agree: bool | None) -> None:
    both = Both(_answer(("Bikes", Decimal("12.50")), ("n/a", Decimal(0))), genie)
    assert both.agree is agree
    assert both.to_json()["agree"] is agree


@pytest.mark.parametrize("width", [200, 80])
def test_two_answers_are_printed_beside_or_below_each_other(width: int) -> None:
    console = Console(width=width, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    print_both(Both(_answer(("Bikes", Decimal(1))), _answer(("Bikes", "2"))), console)
    lines = console.export_text().splitlines()
    together = [line for line in lines if "Here" in line and "Genie space" in line]
    assert bool(together) == (width == 200)
    assert "The figures differ" in lines[-1]


# --- The commands ---------------------------------------------------------------------


@pytest.fixture
def command(configured: Standin, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs `lakehouse` in this process; its waits take no time."""
    monkeypatch.setattr(remote, "run_benchmarks", partial(run_benchmarks, sleep=no_pause))
    monkeypatch.setattr(remote, "ask_genie", partial(ask_genie, sleep=no_pause))

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, arguments)

    return run


def test_genie_deploy_with_its_benchmark(command: Any, configured: Standin) -> None:
    done = command("genie", "deploy", "--benchmark")
    assert done.exit_code == ExitCode.OK, done.output
    assert "The space is created" in done.output
    assert "0 wrong" in done.output
    assert [each["title"] for each in configured.spaces.values()] == [MINE]
    document = next(iter(configured.spaces.values()))["serialized_space"]
    assert "sales_dev.dev_ann_lee_gold.fact_sales" in document
    assert "The space is unchanged" in command("genie", "deploy").output


def test_genie_benchmark_fails_when_too_much_is_wrong(
    command: Any, configured: Standin, project_dir: Path
) -> None:
    command("genie", "deploy")
    question = load_benchmarks(project_dir)[3].question
    configured.assessments[question] = ("BAD", [])
    done = command("genie", "benchmark")
    assert done.exit_code == ExitCode.BUILD_FAILED
    assert f"wrong: {question}" in done.output
    assert command("genie", "benchmark", "--at-least", "95").exit_code == ExitCode.OK


def test_genie_benchmark_without_a_space(command: Any) -> None:
    done = command("genie", "benchmark")
    assert done.exit_code == ExitCode.BUILD_FAILED
    assert f'no Genie space called "{MINE}"' in done.output


def test_ask_shows_both_answers(
    command: Any, configured: Standin, published_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKEHOUSE_PUBLISHED", str(published_sample))
    command("genie", "deploy")
    here = json.loads(command("ask", QUESTION, "--json").output)
    rows = [[name, f"{amount:.2f}"] for name, amount in here["rows"]]
    configured.answers[QUESTION] = {**ANSWER, "rows": rows}
    both = json.loads(command("ask", QUESTION, "--genie", "--json").output)
    assert both["agree"] is True
    assert both["genie"]["sql"] == ANSWER["sql"]
    assert {key: both[key] for key in here} == here
    shown = command("ask", QUESTION, "--genie", "--sql").output
    assert "Both give the same figures." in shown
    assert "measure(revenue)" in shown


def test_ask_without_a_workspace_says_what_to_set(
    published_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKEHOUSE_PUBLISHED", str(published_sample))
    done = CliRunner().invoke(app, ["ask", QUESTION, "--genie"])
    assert done.exit_code == ExitCode.USAGE
    assert "DATABRICKS_HOST" in done.output
