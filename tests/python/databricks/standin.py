"""A stand-in for a Databricks workspace: the few REST calls that the orchestrator makes.

`Standin` holds the state and answers requests; `serve` puts it on 127.0.0.1 over HTTP or HTTPS.
Another server of the tests can pass on what it does not know itself with `Standin.answer`.
The shapes are those that the SDK's own classes read and write.
"""

from __future__ import annotations

import hashlib
import json
import re
import ssl
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

JSON = "application/json"
_SPACE = r"/api/2\.0/genie/spaces/([^/]+)"
_MESSAGE = rf"{_SPACE}/conversations/([^/]+)/messages/([^/]+)"
Json = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """What came in; the path is decoded and has no query."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Json:
        value: Json = json.loads(self.body or b"{}")
        return value


@dataclass(frozen=True)
class Reply:
    """What goes out. `drop` closes the connection without a word instead."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False


@dataclass
class Fault:
    """A failure on demand for the next `times` requests that match."""

    method: str
    path: re.Pattern[str]
    reply: Reply
    times: int
    after: bool = False
    """Do what was asked first, then lose the answer."""


@dataclass
class StoredFile:
    content: bytes
    modified: int


class RefusedError(Exception):
    """An answer other than 200, in the API's shape."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.reply = _json({"error_code": code, "message": message}, status)


def _json(value: Any, status: int = 200) -> Reply:
    return Reply(status, json.dumps(value).encode(), {"Content-Type": JSON})


def not_found(message: str) -> RefusedError:
    return RefusedError(404, "RESOURCE_DOES_NOT_EXIST", message)


class Standin:
    """The state of the workspace, and how it answers.

    Attributes that tests set: `users`, `warehouses`, `catalogs`, `volumes`, `outcomes` (how the
    next runs end: succeeds, fails, hangs, breaks, is_cancelled), `jobs`, `dashboards`, `published`,
    `missing_tables`, `assessments` and `answers` (what a Genie space makes of a question).
    Attributes that tests read: `requests`, `runs`, `files`, `spaces`.
    """

    def __init__(self) -> None:
        self.users = {"secret": "ann.lee@example.com"}
        self.warehouses: dict[str, Json] = {
            "w1": {"id": "w1", "name": "Serverless Starter Warehouse", "state": "RUNNING"}
        }
        self.starting_looks = 2
        self.catalogs = {"sales_dev"}
        self.volumes = {"/Volumes/sales_dev/dev_ann_lee_bronze/landing"}
        self.files: dict[str, StoredFile] = {}
        self.folders: set[str] = set()
        self.dashboards: dict[str, Json] = {}
        self.published: dict[str, Json] = {}
        self.jobs: dict[int, Json] = {}
        self.runs: dict[int, Json] = {}
        self.spaces: dict[str, Json] = {}
        self.missing_tables: set[str] = set()
        self.assessments: dict[str, tuple[str, list[str]]] = {}
        self.eval_status = "DONE"
        self.answers: dict[str, Json] = {}
        self._messages: dict[str, Json] = {}
        self._evals: dict[str, list[Json]] = {}
        self.outcomes: list[str] = []
        self.requests: list[Request] = []
        self.address = "http://127.0.0.1"
        self._faults: list[Fault] = []
        self._tokens: dict[str, int] = {}
        self._parts: dict[str, dict[int, bytes]] = {}
        self._looks: dict[int, int] = {}
        self._clock = 1_700_000_000_000
        self._lock = threading.RLock()
        self._routes: list[tuple[str, re.Pattern[str], Callable[..., Reply]]] = [
            (method, re.compile(f"^{pattern}$"), handler)
            for method, pattern, handler in (
                ("GET", r"/\.well-known/databricks-config", self._well_known),
                ("GET", r"/api/2\.0/preview/scim/v2/Me", self._me),
                ("GET", r"/api/2\.1/unity-catalog/catalogs/([^/]+)", self._catalog),
                ("GET", r"/api/2\.0/sql/warehouses", self._list_warehouses),
                ("GET", r"/api/2\.0/sql/warehouses/([^/]+)", self._get_warehouse),
                ("POST", r"/api/2\.0/sql/warehouses/([^/]+)/start", self._start_warehouse),
                ("POST", r"/api/2\.2/jobs/runs/submit", self._submit),
                ("POST", r"/api/2\.2/jobs/run-now", self._run_now),
                ("POST", r"/api/2\.2/jobs/runs/cancel", self._cancel),
                ("GET", r"/api/2\.2/jobs/runs/get", self._get_run),
                ("GET", r"/api/2\.2/jobs/runs/get-output", self._get_output),
                ("GET", r"/api/2\.2/jobs/list", self._list_jobs),
                ("GET", r"/api/2\.0/lakeview/dashboards", self._list_dashboards),
                ("POST", r"/api/2\.0/lakeview/dashboards", self._create_dashboard),
                ("GET", r"/api/2\.0/lakeview/dashboards/([^/]+)", self._get_dashboard),
                ("PATCH", r"/api/2\.0/lakeview/dashboards/([^/]+)", self._update_dashboard),
                ("GET", r"/api/2\.0/lakeview/dashboards/([^/]+)/published", self._get_published),
                ("POST", r"/api/2\.0/lakeview/dashboards/([^/]+)/published", self._publish),
                ("GET", r"/api/2\.0/genie/spaces", self._list_spaces),
                ("POST", r"/api/2\.0/genie/spaces", self._create_space),
                ("GET", r"/api/2\.0/genie/spaces/([^/]+)", self._get_space),
                ("PATCH", r"/api/2\.0/genie/spaces/([^/]+)", self._update_space),
                ("POST", rf"{_SPACE}/eval-runs", self._create_eval_run),
                ("GET", rf"{_SPACE}/eval-runs/([^/]+)", self._get_eval_run),
                ("GET", rf"{_SPACE}/eval-runs/([^/]+)/results", self._list_eval_results),
                ("GET", rf"{_SPACE}/eval-runs/([^/]+)/results/([^/]+)", self._get_eval_result),
                ("POST", rf"{_SPACE}/start-conversation", self._start_conversation),
                ("GET", rf"{_MESSAGE}", self._get_message),
                ("GET", rf"{_MESSAGE}/attachments/([^/]+)/query-result", self._query_result),
                ("GET", r"/api/2\.0/fs/directories(/.+)", self._list_folder),
                ("HEAD", r"/api/2\.0/fs/directories(/.+)", self._head_folder),
                ("PUT", r"/api/2\.0/fs/directories(/.+)", self._create_folder),
                ("PUT", r"/api/2\.0/fs/files(/.+)", self._put_file),
                ("GET", r"/api/2\.0/fs/files(/.+)", self._get_file),
                ("HEAD", r"/api/2\.0/fs/files(/.+)", self._head_file),
                ("DELETE", r"/api/2\.0/fs/files(/.+)", self._delete_file),
                ("POST", r"/api/2\.0/fs/files(/.+)", self._multipart),
                ("POST", r"/api/2\.0/fs/create-upload-part-urls", self._part_urls),
                ("PUT", r"/parts/([^/]+)/(\d+)", self._put_part),
            )
        ]

    # Failures on demand

    def fail(
        self,
        method: str,
        path: str,
        status: int,
        *,
        times: int = 1,
        retry_after: int | None = None,
        code: str = "",
        message: str = "on demand",
    ) -> None:
        """Answer the next requests with an error status."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        body = json.dumps({"error_code": code or f"STATUS_{status}", "message": message}).encode()
        reply = Reply(status, body, {"Content-Type": JSON, **headers})
        self._faults.append(Fault(method, re.compile(path), reply, times))

    def drop(self, method: str, path: str, *, times: int = 1, after: bool = False) -> None:
        """Close the connection instead of answering, before or after doing what was asked."""
        self._faults.append(Fault(method, re.compile(path), Reply(drop=True), times, after))

    # Answering

    def answer(self, request: Request) -> Reply:
        with self._lock:
            self.requests.append(request)
            fault = next(
                (
                    each
                    for each in self._faults
                    if each.times
                    and each.method == request.method
                    and each.path.search(request.path)
                ),
                None,
            )
            if fault is not None:
                fault.times -= 1
                if not fault.after:
                    return fault.reply
            try:
                reply = self._dispatch(request)
            except RefusedError as refused:
                reply = refused.reply
            return reply if fault is None else fault.reply

    def count(self, method: str, path: str) -> int:
        """How many requests matched."""
        return sum(r.method == method and bool(re.search(path, r.path)) for r in self.requests)

    def _dispatch(self, request: Request) -> Reply:
        public = request.path.startswith(("/.well-known/", "/parts/"))
        if not public and self._user(request) is None:
            # A real workspace says 403 here, not 401, when the token is a wrong one.
            raise RefusedError(403, "PERMISSION_DENIED", "Invalid access token.")
        for method, pattern, handler in self._routes:
            match = pattern.match(request.path)
            if method == request.method and match:
                return handler(request, *match.groups())
        raise RefusedError(404, "ENDPOINT_NOT_FOUND", f"No API at {request.method} {request.path}")

    def _user(self, request: Request) -> str | None:
        return self.users.get(request.headers.get("authorization", "").removeprefix("Bearer "))

    def _well_known(self, _: Request) -> Reply:
        return _json({"oidc_endpoint": f"{self.address}/oidc", "workspace_id": "1234567890"})

    def _me(self, request: Request) -> Reply:
        return _json({"id": "1", "userName": self._user(request), "active": True})

    def _catalog(self, _: Request, name: str) -> Reply:
        if name not in self.catalogs:
            raise RefusedError(404, "CATALOG_DOES_NOT_EXIST", f"Catalog '{name}' does not exist.")
        return _json({"name": name, "catalog_type": "MANAGED_CATALOG"})

    # SQL warehouses

    def _list_warehouses(self, _: Request) -> Reply:
        return _json({"warehouses": list(self.warehouses.values())})

    def _warehouse(self, warehouse_id: str) -> Json:
        if warehouse_id not in self.warehouses:
            raise not_found(f"Can't find a warehouse with id {warehouse_id}")
        return self.warehouses[warehouse_id]

    def _get_warehouse(self, _: Request, warehouse_id: str) -> Reply:
        warehouse = self._warehouse(warehouse_id)
        if warehouse["state"] == "STARTING":
            warehouse["looks"] = warehouse.get("looks", 0) + 1
            if warehouse["looks"] >= self.starting_looks:
                warehouse["state"] = "RUNNING"
        return _json({k: v for k, v in warehouse.items() if k != "looks"})

    def _start_warehouse(self, _: Request, warehouse_id: str) -> Reply:
        self._warehouse(warehouse_id)["state"] = "STARTING"
        return _json({})

    # Jobs

    def _new_run(self, name: str, tasks: list[str], token: str) -> int:
        if token and token in self._tokens:
            return self._tokens[token]
        run_id = 1000 + len(self.runs)
        outcome = self.outcomes.pop(0) if self.outcomes else "succeeds"
        self.runs[run_id] = {"name": name, "tasks": tasks, "outcome": outcome, "cancelled": False}
        if token:
            self._tokens[token] = run_id
        return run_id

    def _submit(self, request: Request) -> Reply:
        body = request.json()
        for task in body["tasks"]:
            dashboard = task.get("dashboard_task", {}).get("dashboard_id")
            if dashboard is not None and dashboard not in self.dashboards:
                raise not_found(f"Dashboard {dashboard} does not exist")
        run_id = self._new_run(
            body.get("run_name", "Untitled"),
            [task["task_key"] for task in body["tasks"]],
            body.get("idempotency_token", ""),
        )
        return _json({"run_id": run_id})

    def _run_now(self, request: Request) -> Reply:
        body = request.json()
        job = self.jobs.get(body["job_id"])
        if job is None:
            raise not_found(f"Job {body['job_id']} does not exist.")
        keys = [task["task_key"] for task in job["settings"]["tasks"]]
        run_id = self._new_run(
            job["settings"]["name"],
            [key for key in keys if key in body.get("only", keys)],
            body.get("idempotency_token", ""),
        )
        return _json({"run_id": run_id, "number_in_job": run_id})

    def _list_jobs(self, request: Request) -> Reply:
        wanted = request.query.get("name")
        jobs = [
            {"job_id": job_id, **job}
            for job_id, job in self.jobs.items()
            if wanted is None or job["settings"]["name"] == wanted
        ]
        return _json({"jobs": jobs, "has_more": False})

    def _cancel(self, request: Request) -> Reply:
        self._run(request.json()["run_id"])["cancelled"] = True
        return _json({})

    def _run(self, run_id: int) -> Json:
        if run_id not in self.runs:
            raise not_found(f"Run {run_id} does not exist.")
        return self.runs[run_id]

    def _get_run(self, request: Request) -> Reply:
        """Three looks: pending, running, ended; the tasks one after the other."""
        run_id = int(request.query["run_id"])
        run = self._run(run_id)
        look = self._looks[run_id] = self._looks.get(run_id, 0) + 1
        tasks: list[str] = run["tasks"]
        state: Json = {"life_cycle_state": "PENDING"}
        if run["cancelled"]:
            state = {"life_cycle_state": "TERMINATED", "result_state": "CANCELED"}
        elif look > len(tasks) + 1 and run["outcome"] != "hangs":
            state = {
                "succeeds": {"life_cycle_state": "TERMINATED", "result_state": "SUCCESS"},
                "fails": {
                    "life_cycle_state": "TERMINATED",
                    "result_state": "FAILED",
                    "state_message": f"Task {tasks[-1]} failed",
                },
                "breaks": {
                    "life_cycle_state": "INTERNAL_ERROR",
                    "result_state": "FAILED",
                    "state_message": "the platform lost the run",
                },
                "is_cancelled": {"life_cycle_state": "TERMINATED", "result_state": "CANCELED"},
            }[run["outcome"]]
        elif look > 1:
            state = {"life_cycle_state": "RUNNING"}
        ended = "result_state" in state
        done = {"life_cycle_state": "TERMINATED", "result_state": "SUCCESS"}
        return _json(
            {
                "run_id": run_id,
                "run_name": run["name"],
                "run_page_url": f"{self.address}/jobs/runs/{run_id}",
                "state": state,
                "tasks": [
                    {
                        "run_id": run_id * 100 + number,
                        "task_key": key,
                        "state": state
                        if ended and number == len(tasks)
                        else done
                        if ended or look > number + 1
                        else {"life_cycle_state": "RUNNING" if look > number else "PENDING"},
                    }
                    for number, key in enumerate(tasks, start=1)
                ],
            }
        )

    def _get_output(self, request: Request) -> Reply:
        self._run(int(request.query["run_id"]) // 100)
        return _json({"error": "[TABLE_OR_VIEW_NOT_FOUND] fact_sales cannot be found"})

    # Dashboards

    def add_dashboard(self, title: str = "[dev ann_lee] Gold Sales") -> str:
        """A deployed and published dashboard."""
        dashboard_id = uuid.uuid4().hex
        self.dashboards[dashboard_id] = {
            "dashboard_id": dashboard_id,
            "display_name": title,
            "etag": "1",
            "lifecycle_state": "ACTIVE",
            "serialized_dashboard": "{}",
        }
        self.published[dashboard_id] = {"display_name": title, "embed_credentials": False}
        return dashboard_id

    def _dashboard(self, dashboard_id: str) -> Json:
        if dashboard_id not in self.dashboards:
            raise not_found(f"Unable to find dashboard [dashboardId={dashboard_id}]")
        return self.dashboards[dashboard_id]

    def _list_dashboards(self, _: Request) -> Reply:
        return _json({"dashboards": list(self.dashboards.values())})

    def _create_dashboard(self, request: Request) -> Reply:
        body = request.json()
        dashboard_id = self.add_dashboard(body["display_name"])
        del self.published[dashboard_id]
        self.dashboards[dashboard_id].update(body)
        return _json(self.dashboards[dashboard_id])

    def _get_dashboard(self, _: Request, dashboard_id: str) -> Reply:
        return _json(self._dashboard(dashboard_id))

    def _update_dashboard(self, request: Request, dashboard_id: str) -> Reply:
        return self._update(self._dashboard(dashboard_id), request)

    @staticmethod
    def _update(stored: Json, request: Request) -> Reply:
        body = request.json()
        if body.get("etag", stored["etag"]) != stored["etag"]:
            raise RefusedError(409, "ABORTED", "The etag does not match: it was changed meanwhile")
        stored.update(body)
        stored["etag"] = str(int(stored["etag"]) + 1)
        return _json(stored)

    def _get_published(self, _: Request, dashboard_id: str) -> Reply:
        self._dashboard(dashboard_id)
        if dashboard_id not in self.published:
            raise not_found(f"Dashboard {dashboard_id} is not published")
        return _json(self.published[dashboard_id])

    def _publish(self, request: Request, dashboard_id: str) -> Reply:
        draft = self._dashboard(dashboard_id)
        self.published[dashboard_id] = {"display_name": draft["display_name"], **request.json()}
        return _json(self.published[dashboard_id])

    # Genie spaces

    def _list_spaces(self, request: Request) -> Reply:
        """One space a page, so that paging is tested too; without what is inside."""
        found = [
            {k: v for k, v in space.items() if k in ("space_id", "title", "description")}
            for space in self.spaces.values()
        ]
        place = int(request.query.get("page_token", 0))
        page: Json = {"spaces": found[place : place + 1]}
        if place + 1 < len(found):
            page["next_page_token"] = str(place + 1)
        return _json(page)

    def _refuse_missing_tables(self, request: Request) -> None:
        document = json.loads(request.json().get("serialized_space", "{}"))
        sources = document.get("data_sources", {})
        for each in (*sources.get("tables", ()), *sources.get("metric_views", ())):
            if each["identifier"] in self.missing_tables:
                message = f"Table '{each['identifier']}' does not exist."
                raise RefusedError(403, "PERMISSION_DENIED", message)

    def _create_space(self, request: Request) -> Reply:
        self._refuse_missing_tables(request)
        space_id = uuid.uuid4().hex
        self.spaces[space_id] = {"space_id": space_id, "title": "", "etag": "1", **request.json()}
        return _json(self.spaces[space_id])

    def _space(self, space_id: str) -> Json:
        if space_id not in self.spaces:
            raise not_found(f"Space {space_id} does not exist.")
        return self.spaces[space_id]

    def _get_space(self, request: Request, space_id: str) -> Reply:
        space = self._space(space_id)
        whole = request.query.get("include_serialized_space") == "true"
        return _json({k: v for k, v in space.items() if whole or k != "serialized_space"})

    def _update_space(self, request: Request, space_id: str) -> Reply:
        self._refuse_missing_tables(request)
        return self._update(self._space(space_id), request)

    def _create_eval_run(self, _: Request, space_id: str) -> Reply:
        document = json.loads(self._space(space_id)["serialized_space"])
        run_id = uuid.uuid4().hex
        self._evals[run_id] = document["benchmarks"]["questions"]
        return _json({"eval_run_id": run_id, "eval_run_status": "NOT_STARTED"})

    def _get_eval_run(self, _: Request, space_id: str, run_id: str) -> Reply:
        """Two looks: running, ended."""
        self._space(space_id)
        asked = self._evals[run_id]
        key = hash(run_id)
        self._looks[key] = self._looks.get(key, 0) + 1
        judged = [self._assessment(each)[0] for each in asked]
        run = {"eval_run_id": run_id, "num_questions": len(asked)}
        if self._looks[key] < 2:
            return _json({**run, "eval_run_status": "RUNNING", "num_done": len(asked) // 2})
        return _json(
            {
                **run,
                "eval_run_status": self.eval_status,
                "num_done": len(asked),
                "num_correct": judged.count("GOOD"),
                "num_needs_review": judged.count("NEEDS_REVIEW"),
            }
        )

    def _assessment(self, question: Json) -> tuple[str, list[str]]:
        return self.assessments.get(question["question"][0], ("GOOD", []))

    def _list_eval_results(self, request: Request, space_id: str, run_id: str) -> Reply:
        """Pages of twenty."""
        place = int(request.query.get("page_token", 0))
        asked = self._evals[run_id]
        page: Json = {
            "eval_results": [
                {
                    "result_id": each["id"],
                    "space_id": space_id,
                    "benchmark_question_id": each["id"],
                    "question": each["question"][0],
                    "status": "DONE",
                }
                for each in asked[place : place + 20]
            ]
        }
        if place + 20 < len(asked):
            page["next_page_token"] = str(place + 20)
        return _json(page)

    def _get_eval_result(self, _: Request, space_id: str, run_id: str, result_id: str) -> Reply:
        question = next(each for each in self._evals[run_id] if each["id"] == result_id)
        assessment, reasons = self._assessment(question)
        return _json(
            {
                "result_id": result_id,
                "space_id": space_id,
                "benchmark_question_id": result_id,
                "assessment": assessment,
                "assessment_reasons": reasons,
            }
        )

    def _start_conversation(self, request: Request, space_id: str) -> Reply:
        self._space(space_id)
        message_id = uuid.uuid4().hex
        question = request.json()["content"]
        message = {
            "space_id": space_id,
            "conversation_id": f"c{message_id}",
            "message_id": message_id,
            "id": message_id,
            "content": question,
            "status": "SUBMITTED",
        }
        self._messages[message_id] = message
        return _json(
            {
                "conversation_id": message["conversation_id"],
                "message_id": message_id,
                "message": message,
            }
        )

    def _message(self, space_id: str, conversation: str, message_id: str) -> Json:
        message = self._messages.get(message_id)
        if not message or (message["space_id"], message["conversation_id"]) != (
            space_id,
            conversation,
        ):
            raise not_found(f"Message {message_id} does not exist.")
        return message

    def _get_message(self, _: Request, *ids: str) -> Reply:
        """Two looks: executing, ended; with a query, with words, or with an error."""
        message = self._message(*ids)
        answer = self.answers.get(message["content"], {"text": "Which figure do you mean?"})
        if message["status"] == "SUBMITTED" or answer.get("hangs"):
            message["status"] = "EXECUTING_QUERY"
        elif "error" in answer:
            message.update(status="FAILED", error={"error": answer["error"], "type": "SQL"})
        elif "text" in answer:
            suggested = {"suggested_questions": {"questions": answer.get("suggestions", [])}}
            attachments = [{"text": {"content": answer["text"]}}, suggested]
            message.update(status="COMPLETED", attachments=attachments)
        else:
            query = {"query": answer["sql"], "description": answer["description"]}
            message.update(
                status="COMPLETED", attachments=[{"attachment_id": "a1", "query": query}]
            )
        return _json(message)

    def _query_result(self, _: Request, *ids: str) -> Reply:
        message = self._message(*ids[:3])
        answer = self.answers[message["content"]]
        return _json(
            {
                "statement_response": {
                    "status": {"state": "SUCCEEDED"},
                    "manifest": {
                        "schema": {"columns": [{"name": each} for each in answer["columns"]]}
                    },
                    "result": {"data_array": answer["rows"]},
                }
            }
        )

    # Files

    def _in_volume(self, path: str) -> None:
        if not any(path == each or path.startswith(f"{each}/") for each in self.volumes):
            volume = "/".join(path.split("/")[:5])
            raise RefusedError(404, "NOT_FOUND", f"Volume {volume} does not exist.")

    def _stored(self, path: str) -> StoredFile:
        self._in_volume(path)
        if path not in self.files:
            raise RefusedError(404, "NOT_FOUND", f"The file {path} does not exist.")
        return self.files[path]

    def _exists(self, folder: str) -> bool:
        inside = (*self.files, *self.folders)
        return (
            folder in self.volumes
            or folder in self.folders
            or any(path.startswith(f"{folder}/") for path in inside)
        )

    def _list_folder(self, request: Request, folder: str) -> Reply:
        """Pages of two entries, so that paging is tested too."""
        self._in_volume(folder)
        if not self._exists(folder):
            raise RefusedError(404, "NOT_FOUND", f"The directory {folder} does not exist.")
        entries: dict[str, Json] = {}
        for path in (*self.folders, *self.files):
            if not path.startswith(f"{folder}/"):
                continue
            name = path.removeprefix(f"{folder}/").split("/")[0]
            child = f"{folder}/{name}"
            entries[name] = {"path": child, "name": name, "is_directory": child not in self.files}
            if stored := self.files.get(child):
                size = {"file_size": len(stored.content), "last_modified": stored.modified}
                entries[name].update(size)
        start = int(request.query.get("page_token", "0"))
        page = [entries[name] for name in sorted(entries)][start : start + 2]
        more = {"next_page_token": str(start + 2)} if start + 2 < len(entries) else {}
        return _json({"contents": page, **more})

    def _head_folder(self, _: Request, folder: str) -> Reply:
        self._in_volume(folder)
        return Reply(200 if self._exists(folder) else 404)

    def _create_folder(self, _: Request, folder: str) -> Reply:
        self._in_volume(folder)
        self.folders.add(folder)
        return Reply(204)

    def store(self, path: str, content: bytes) -> None:
        """Put a file into the volume; every write has its own time."""
        self._clock += 1000
        self.files[path] = StoredFile(content, self._clock)

    def _put_file(self, request: Request, path: str) -> Reply:
        self._in_volume(path)
        if request.query.get("overwrite") == "false" and path in self.files:
            raise RefusedError(409, "ALREADY_EXISTS", f"The file {path} exists.")
        self.store(path, request.body)
        return Reply(204)

    def _get_file(self, _: Request, path: str) -> Reply:
        return Reply(200, self._stored(path).content, {"Content-Type": "application/octet-stream"})

    def _head_file(self, _: Request, path: str) -> Reply:
        stored = self._stored(path)
        when = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(stored.modified / 1000))
        return Reply(200, b"", {"Content-Length": str(len(stored.content)), "Last-Modified": when})

    def _delete_file(self, _: Request, path: str) -> Reply:
        self._stored(path)
        del self.files[path]
        return Reply(204)

    def _multipart(self, request: Request, path: str) -> Reply:
        self._in_volume(path)
        if request.query.get("action") == "initiate-upload":
            session = uuid.uuid4().hex
            self._parts[session] = {}
            return _json({"multipart_upload": {"session_token": session}})
        parts = self._parts.pop(request.query["session_token"])
        for part in request.json()["parts"]:
            if hashlib.md5(parts[part["part_number"]]).hexdigest() != part["etag"]:
                raise RefusedError(400, "INVALID_PARAMETER_VALUE", "a part differs")
        self.store(path, b"".join(parts[number] for number in sorted(parts)))
        return _json({})

    def _part_urls(self, request: Request) -> Reply:
        body = request.json()
        first = int(body["start_part_number"])
        urls = [
            {"part_number": n, "url": f"{self.address}/parts/{body['session_token']}/{n}"}
            for n in range(first, first + int(body["count"]))
        ]
        return _json({"upload_part_urls": urls})

    def _put_part(self, request: Request, session: str, number: str) -> Reply:
        self._parts[session][int(number)] = request.body
        return Reply(200, b"", {"ETag": hashlib.md5(request.body).hexdigest()})


def _handler(standin: Standin) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _body(self) -> bytes:
            """The content; the SDK sends an empty file in chunks, without a length."""
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            content = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                content += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return content

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            request = Request(
                self.command,
                unquote(parts.path),
                dict(parse_qsl(parts.query)),
                {name.lower(): value for name, value in self.headers.items()},
                self._body(),
            )
            reply = standin.answer(request)
            if reply.drop:
                self.close_connection = True
                self.connection.close()
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if "Content-Length" not in reply.headers and reply.status != 204:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing; `Standin.requests` has it all."""

        def handle(self) -> None:
            try:
                super().handle()
            except (ConnectionError, ssl.SSLError, ValueError):
                # The client went away, or `drop` closed the connection.
                self.close_connection = True

        def finish(self) -> None:
            try:
                super().finish()
            except (ConnectionError, OSError, ValueError):
                self.close_connection = True

    return Handler


@contextmanager
def serve(standin: Standin, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve on a free port of 127.0.0.1 until the block ends; yields the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(standin))
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    standin.address = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield standin.address
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
