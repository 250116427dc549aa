"""The commands around the Genie space; the library's own tests prove what it does."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

import genie_space
from genie_space import BenchmarkReport, DeployedSpace, Miss
from metric_ask import Answer
from orchestration.ask_both import agree, print_both
from orchestration.cli import app
from orchestration.errors import ExitCode
from tests.python.databricks.fake_workspace import FakeWorkspace

MINE = "[dev ann_lee] Gold Sales Genie"
QUESTION = "revenue by category"


def command(*arguments: str) -> Result:
    """Run `lakehouse` in this process."""
    return CliRunner().invoke(app, arguments)


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A benchmark with one wrong answer of 20; the list gets the space that was asked."""
    asked: list[str] = []

    def run(client: Any, space_id: str, **more: Any) -> BenchmarkReport:
        asked.append(space_id)
        return BenchmarkReport("r", 20, 19, 0, "https://x", (Miss("Revenue?", "wrong"),))

    monkeypatch.setattr(genie_space, "run_benchmarks", run)
    return asked


def test_genie_deploy_with_its_benchmark(
    configured: FakeWorkspace, benchmark: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed: list[Any] = []

    def deploy(client: Any, document: Any, **more: Any) -> DeployedSpace:
        deployed.append(SimpleNamespace(document=document, **more))
        return DeployedSpace("s1", "https://x/rooms/s1", "created")

    monkeypatch.setattr(genie_space, "deploy_space", deploy)
    done = command("genie", "deploy", "--benchmark")
    assert done.exit_code == ExitCode.BUILD_FAILED, done.output
    assert "The space is created: https://x/rooms/s1" in done.output
    assert "wrong: Revenue?" in done.output
    assert benchmark == ["s1"]
    assert (deployed[0].title, deployed[0].warehouse_id) == (MINE, "w1")
    assert "sales_dev.dev_ann_lee_gold.fact_sales" in json.dumps(deployed[0].document)
    assert command("genie", "deploy").exit_code == ExitCode.OK


def test_genie_benchmark(configured: FakeWorkspace, benchmark: list[str]) -> None:
    done = command("genie", "benchmark")
    assert done.exit_code == ExitCode.BUILD_FAILED
    assert f'no Genie space with the title "{MINE}"' in done.output
    configured.spaces["s2"] = {"space_id": "s2", "title": MINE}
    assert command("genie", "benchmark").exit_code == ExitCode.BUILD_FAILED
    assert command("genie", "benchmark", "--at-least", "95").exit_code == ExitCode.OK
    assert benchmark == ["s2", "s2"]


def test_ask_shows_both_answers(
    configured: FakeWorkspace, published_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKEHOUSE_PUBLISHED", str(published_sample))
    monkeypatch.setenv("DATABRICKS_GENIE_SPACE_ID", "s3")
    here = json.loads(command("ask", QUESTION, "--json").output)
    rows = tuple((name, f"{amount:.2f}") for name, amount in here["rows"])
    columns = ("category", "revenue")
    answer = genie_space.Answer("By category.", "select measure(revenue)", columns, rows)
    monkeypatch.setattr(genie_space, "ask", lambda client, space_id, question: answer)
    both = json.loads(command("ask", QUESTION, "--genie", "--json").output)
    assert both["agree"] is True
    assert both["genie"]["sql"] == answer.sql
    assert {key: both[key] for key in here} == here
    shown = command("ask", QUESTION, "--genie", "--sql").output
    assert "Both give the same figures." in shown
    assert "measure(revenue)" in shown
    monkeypatch.delenv("DATABRICKS_HOST")
    done = command("ask", QUESTION, "--genie")
    assert done.exit_code == ExitCode.USAGE
    assert "DATABRICKS_HOST" in done.output


def _answer(*rows: tuple[Any, ...], answered: bool = True) -> Answer:
    return Answer("q", answered, columns=("category", "revenue"), rows=rows, reason="no idea")


@pytest.mark.parametrize(
    ("genie", "same"),
    [
        (_answer((None, "0"), ("Bikes", "12.5")), True),
        (_answer(("Bikes", "12.50"), ("n/a", "0.00")), True),
        (_answer(("Bikes", "12.51"), ("n/a", "0")), False),
        (_answer(("Bikes", "12.50")), False),
        (_answer(answered=False), None),
    ],
)
def test_two_answers_are_compared_to_the_cent(genie: Answer, same: bool | None) -> None:
    assert agree(_answer(("Bikes", Decimal("12.50")), ("n/a", Decimal(0))), genie) is same


def test_no_figure_of_two_answers_is_cut() -> None:
    console = Console(width=10, record=True, file=io.StringIO())
    print_both(_answer(("Bikes", Decimal(123456789))), _answer(("Bikes", "2")), console)
    text = console.export_text()
    assert text.index("Here") < text.index("123456789") < text.index("Genie space")
    assert "The figures differ" in text
