"""A definition, and a fake workspace that answers the SDK's requests inside the process."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import yaml
from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config

from genie_space import build_space, parse_definition

Json = dict[str, Any]
MARKER = re.compile(r"--rt=FROM_RELATIONSHIP_TYPE_(MANY_TO_ONE|ONE_TO_MANY|ONE_TO_ONE)--")

DEFINITION: Json = {
    "title": "Sales",
    "description": "Questions about sales.",
    "catalog": "main",
    "schema": "shop",
    "instructions": ["Revenue is the sum of amount.", "Count orders by order_id."],
    "sample_questions": ["What is the revenue?", "How many orders are there?"],
    "tables": {
        "orders": {
            "description": "One row for each order.",
            "columns": {"order_id": "The order.", "amount": "EUR.", "customer_id": "Who bought."},
            "hide": ["customer_id"],
            "synonyms": {"amount": ["revenue"]},
        },
        "customers": {"match": ["country"]},
    },
    "metric_views": {"sales_metrics": {"columns": {"revenue": "EUR."}}},
    "joins": [{"left": "orders", "right": "customers", "keys": "customer_id"}],
    "filters": [
        {"name": "large", "sql": "orders.amount > (select avg(o.amount) from orders as o)"}
    ],
    "measures": [{"name": "revenue", "sql": "sum(orders.amount)", "synonyms": ["turnover"]}],
    "examples": [
        {
            "question": "Revenue of a country?",
            "sql": "select measure(revenue) from sales_metrics where country = :country",
            "guidance": "For every country.",
            "parameters": [{"name": "country", "type": "STRING", "default": "Norway"}],
        },
        {"question": "Orders?", "sql": "select count(*) from orders"},
    ],
    "benchmarks": [
        {"question": "Revenue?", "sql": "select sum(amount) from orders"},
        {"question": "Customers?", "sql": "with c as (select 1 as n) select n from c"},
    ],
}


class FakeWorkspace:
    """The Genie endpoints of a workspace.

    Tests set `answers` (what a question gets), `assessments`, `eval_status`, `missing_tables`;
    `lose` makes the answer to the next matching request get lost after it was carried out.
    """

    def __init__(self) -> None:
        self.spaces: dict[str, Json] = {}
        self.requests: list[str] = []
        self.answers: dict[str, Json] = {}
        self.assessments: dict[str, tuple[str, list[str]]] = {}
        self.eval_status = "DONE"
        self.missing_tables: set[str] = set()
        self.lose = ""
        self._looks: dict[str, int] = {}

    def send(self, request: requests.PreparedRequest) -> requests.Response:
        parts = urlsplit(str(request.url))
        line = f"{request.method} {parts.path.removeprefix('/api/2.0/genie')}"
        self.requests.append(line)
        query = {key: value[0] for key, value in parse_qs(parts.query).items()}
        status, answer = self._answer(line, query, json.loads(request.body or "{}"))
        if self.lose and re.search(self.lose, line):
            self.lose = ""
            raise requests.ConnectionError("Remote end closed connection without response")
        response = requests.Response()
        response.status_code, response.url, response.request = status, str(request.url), request
        response._content = json.dumps(answer).encode()
        return response

    def _answer(self, line: str, query: Json, body: Json) -> tuple[int, Json]:
        routes: dict[str, Callable[..., Json]] = {
            r"GET /\.well-known/.*": dict,
            r"GET /spaces": lambda: self._page("spaces", [*self.spaces.values()], query),
            r"POST /spaces": lambda: self._create(body),
            r"GET /spaces/(\w+)": lambda space: self.spaces[space],
            r"PATCH /spaces/(\w+)": lambda space: self._update(space, body),
            r"POST /spaces/(\w+)/eval-runs": lambda _: {"eval_run_id": "e"},
            r"GET /spaces/(\w+)/eval-runs/e": self._eval_run,
            r"GET /spaces/(\w+)/eval-runs/e/results": lambda space: self._page(
                "eval_results",
                [
                    {
                        "result_id": each["id"],
                        "space_id": space,
                        "benchmark_question_id": each["id"],
                    }
                    | {"question": each["question"][0]}
                    for each in self._benchmarks(space)
                ],
                query,
            ),
            r"GET /spaces/(\w+)/eval-runs/e/results/(\w+)": self._eval_result,
            r"POST /spaces/(\w+)/start-conversation": lambda space: {
                "conversation_id": "c",
                "message_id": body["content"],
            },
            r"GET /spaces/(\w+)/conversations/c/messages/(\w+)": self._message,
            r"GET /spaces/\w+/conversations/c/messages/(\w+)/.*/query-result": self._result,
        }
        for pattern, handler in routes.items():
            if match := re.fullmatch(pattern, line):
                try:
                    return 200, handler(*match.groups())
                except KeyError as error:
                    return 404, {"error_code": "NOT_FOUND", "message": f"No {error}."}
                except PermissionError as error:
                    return 403, {"error_code": "PERMISSION_DENIED", "message": str(error)}
                except ValueError as error:
                    code = "ABORTED" if "etag" in str(error) else "INVALID_PARAMETER_VALUE"
                    return 409 if code == "ABORTED" else 400, {
                        "error_code": code,
                        "message": str(error),
                    }
        return 404, {"error_code": "ENDPOINT_NOT_FOUND", "message": line}

    def _page(self, key: str, items: list[Json], query: Json) -> Json:
        """One item a page."""
        at = int(query.get("page_token", 0))
        more = {"next_page_token": str(at + 1)} if at + 1 < len(items) else {}
        return {key: items[at : at + 1], **more}

    def _accept(self, body: Json) -> None:
        document = json.loads(body["serialized_space"])
        for join in document.get("instructions", {}).get("join_specs", ()):
            if len(join["sql"]) != 2 or not MARKER.fullmatch(join["sql"][1]):
                raise ValueError("Failed to parse export proto: join_specs.sql")
        for each in document.get("data_sources", {}).get("tables", ()):
            if each["identifier"] in self.missing_tables:
                raise PermissionError(f"Table '{each['identifier']}' does not exist.")

    def _create(self, body: Json) -> Json:
        self._accept(body)
        space_id = f"s{len(self.spaces)}"
        self.spaces[space_id] = {"space_id": space_id, "etag": "1", **body}
        return self.spaces[space_id]

    def _update(self, space: str, body: Json) -> Json:
        self._accept(body)
        if body.pop("etag") != self.spaces[space]["etag"]:
            raise ValueError("The etag does not match.")
        self.spaces[space].update(body)
        return self.spaces[space]

    def _look(self, of: str) -> int:
        self._looks[of] = self._looks.get(of, 0) + 1
        return self._looks[of]

    def _benchmarks(self, space: str) -> list[Json]:
        found: list[Json] = json.loads(self.spaces[space]["serialized_space"])["benchmarks"][
            "questions"
        ]
        return found

    def _assessment(self, question: Json) -> tuple[str, list[str]]:
        return self.assessments.get(question["question"][0], ("GOOD", []))

    def _eval_run(self, space: str) -> Json:
        asked = self._benchmarks(space)
        found = [self._assessment(each)[0] for each in asked]
        return {
            "eval_run_id": "e",
            "eval_run_status": self.eval_status if self._look("eval") > 1 else "RUNNING",
            "num_questions": len(asked),
            "num_correct": found.count("GOOD"),
            "num_needs_review": found.count("NEEDS_REVIEW"),
        }

    def _eval_result(self, space: str, result: str) -> Json:
        question = next(each for each in self._benchmarks(space) if each["id"] == result)
        assessment, reasons = self._assessment(question)
        ids = {"result_id": result, "space_id": space, "benchmark_question_id": result}
        return {**ids, "assessment": assessment, "assessment_reasons": reasons}

    def _message(self, space: str, message: str) -> Json:
        ids = {"space_id": space, "conversation_id": "c", "message_id": message, "id": message}
        answer = self.answers[message]
        if self._look(message) < 2:
            return {**ids, "content": message, "status": "EXECUTING_QUERY"}
        return {**ids, "content": message, "status": "COMPLETED", **answer["message"]}

    def _result(self, message: str) -> Json:
        answer = self.answers[message]
        return {
            "statement_response": {
                "status": {"state": answer.get("state", "SUCCEEDED")},
                "manifest": {"schema": {"columns": [{"name": each} for each in answer["columns"]]}},
                "result": {"data_array": answer["rows"]},
            }
        }


@pytest.fixture
def definition() -> Json:
    """A definition that uses every kind of entry, free to change."""
    copy: Json = json.loads(json.dumps(DEFINITION))
    return copy


@pytest.fixture
def space(definition: Json) -> Json:
    """The document that the definition makes."""
    return build_space(parse_definition(definition, "space.yml"))


@pytest.fixture
def definition_file(tmp_path: Path) -> Path:
    path = tmp_path / "space.yml"
    path.write_text(yaml.safe_dump(DEFINITION, sort_keys=False), encoding="utf-8")
    return path


@pytest.fixture
def workspace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeWorkspace:
    """A fake workspace that the environment points at; pauses only move the clocks."""
    fake = FakeWorkspace()
    monkeypatch.setattr(
        requests.adapters.HTTPAdapter, "send", lambda _, request, **options: fake.send(request)
    )
    real, slept = {name: getattr(time, name) for name in ("time", "monotonic")}, [0.0]
    for name, clock in real.items():
        monkeypatch.setattr(time, name, lambda clock=clock: clock() + slept[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: slept.__setitem__(0, slept[0] + seconds))
    for name in ("DATABRICKS_CLIENT_ID", "DATABRICKS_CONFIG_PROFILE", "DATABRICKS_AUTH_TYPE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("DATABRICKS_HOST", "https://fake.example")
    monkeypatch.setenv("DATABRICKS_TOKEN", "secret")
    return fake


@pytest.fixture
def client(workspace: FakeWorkspace) -> WorkspaceClient:
    return WorkspaceClient(config=Config(retry_timeout_seconds=30))
