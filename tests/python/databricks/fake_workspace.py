"""A fake Databricks workspace: the few REST calls that the orchestrator makes.

`FakeWorkspace` holds the state and answers requests; `serve` puts it on 127.0.0.1. The shapes are
those that the SDK's own classes read and write.
"""

from __future__ import annotations

import json
import re
import ssl
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config

from dbx_local.certificate import Certificate

Json = dict[str, Any]
SUCCESS = {"life_cycle_state": "TERMINATED", "result_state": "SUCCESS"}
FAILED = {"life_cycle_state": "TERMINATED", "result_state": "FAILED"}
CANCELED = {"life_cycle_state": "TERMINATED", "result_state": "CANCELED"}


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
    """What goes out. `drop` closes the connection without an answer instead."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False


@dataclass
class Fault:
    """A failure on demand for the next `times` requests that match."""

    method: str
    path: str
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
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json"})


def _known(things: Mapping[Any, Any], key: Any, what: str) -> Any:
    if key not in things:
        raise RefusedError(404, "RESOURCE_DOES_NOT_EXIST", f"{what} {key} does not exist.")
    return things[key]


class FakeWorkspace:
    """The state of the workspace, and how it answers.

    Tests set `users` (by token), `clients` (secrets by id, for OAuth), `warehouses`, `catalogs`,
    `volumes`, `outcomes` (how the next runs end: succeeds, fails, hangs, breaks, is_cancelled),
    `dashboards`, `published`, `spaces`; they read `requests`, `runs`, `files`.
    """

    def __init__(self) -> None:
        self.users = {"secret": "ann.lee@example.com"}
        self.clients: dict[str, str] = {}
        self.warehouses: dict[str, Json] = {
            "w1": {"id": "w1", "name": "Serverless Starter Warehouse", "state": "RUNNING"}
        }
        self.starting_looks = 2
        self.catalogs = {"sales_dev": {"name": "sales_dev"}}
        self.volumes = {"/Volumes/sales_dev/dev_ann_lee_bronze/landing"}
        self.files: dict[str, StoredFile] = {}
        self.folders: set[str] = set()
        self.dashboards: dict[str, Json] = {}
        self.published: dict[str, Json] = {}
        self.runs: dict[int, Json] = {}
        self.spaces: dict[str, Json] = {}
        self.outcomes: list[str] = []
        self.requests: list[Request] = []
        self.address = "http://127.0.0.1"
        self._faults: list[Fault] = []
        self._clock = 1_700_000_000_000
        self._lock = threading.RLock()
        warehouse, dashboard = r"/api/2\.0/sql/warehouses/(\w+)", r"/api/2\.0/lakeview/dashboards"
        runs, files = r"/api/2\.2/jobs/runs", r"/api/2\.0/fs"
        self._routes: dict[str, Callable[..., Reply | Json]] = {
            r"GET /\.well-known/databricks-config": self._well_known,
            r"GET /oidc/\.well-known/.*": self._oidc,
            r"POST /oidc/token": self._token,
            r"GET /api/2\.0/preview/scim/v2/Me": self._me,
            r"GET /api/2\.1/unity-catalog/catalogs/(\w+)": lambda _, name: _known(
                self.catalogs, name, "Catalog"
            ),
            r"GET /api/2\.0/sql/warehouses": lambda _: {"warehouses": [*self.warehouses.values()]},
            rf"GET {warehouse}": self._get_warehouse,
            rf"POST {warehouse}/start": self._start_warehouse,
            rf"POST {runs}/submit": self._submit,
            rf"POST {runs}/cancel": self._cancel,
            rf"GET {runs}/get": self._get_run,
            rf"GET {runs}/get-output": lambda _: {
                "error": "[TABLE_OR_VIEW_NOT_FOUND] fact_sales cannot be found"
            },
            rf"GET {dashboard}": lambda _: {"dashboards": [*self.dashboards.values()]},
            rf"GET {dashboard}/(\w+)": lambda _, key: _known(self.dashboards, key, "Dashboard"),
            rf"GET {dashboard}/(\w+)/published": lambda _, key: _known(
                self.published, key, "Published dashboard"
            ),
            r"GET /api/2\.0/genie/spaces": lambda _: {"spaces": [*self.spaces.values()]},
            rf"GET {files}/directories(/.+)": self._list_folder,
            rf"PUT {files}/directories(/.+)": self._create_folder,
            rf"PUT {files}/files(/.+)": self._put_file,
            rf"GET {files}/files(/.+)": self._get_file,
        }

    @cached_property
    def client(self) -> WorkspaceClient:
        """A client that points here."""
        return WorkspaceClient(
            config=Config(host=self.address, token="secret", retry_timeout_seconds=1)
        )

    # Failures on demand

    def fail(
        self,
        method: str,
        path: str,
        status: int,
        *,
        times: int = 1,
        code: str = "",
        message: str = "on demand",
    ) -> None:
        """Answer the next requests with an error status."""
        reply = _json({"error_code": code or f"STATUS_{status}", "message": message}, status)
        self._faults.append(Fault(method, path, reply, times))

    def drop(self, method: str, path: str, *, times: int = 1, after: bool = False) -> None:
        """Close the connection instead of answering, before or after doing what was asked."""
        self._faults.append(Fault(method, path, Reply(drop=True), times, after))

    def recover(self) -> None:
        """Forget all failures on demand."""
        self._faults.clear()

    # Answering

    def answer(self, request: Request) -> Reply:
        with self._lock:
            self.requests.append(request)
            for fault in self._faults:
                if fault.times and self._matches(request, fault.method, fault.path):
                    fault.times -= 1
                    if fault.after:
                        self._dispatch(request)
                    return fault.reply
            return self._dispatch(request)

    def count(self, method: str, path: str) -> int:
        """How many requests matched."""
        return sum(self._matches(request, method, path) for request in self.requests)

    @staticmethod
    def _matches(request: Request, method: str, path: str) -> bool:
        return request.method == method and bool(re.search(path, request.path))

    def _dispatch(self, request: Request) -> Reply:
        try:
            if not request.path.startswith(("/.well-known/", "/oidc/")) and not self._user(request):
                # A real workspace says 403 here, not 401, when the token is a wrong one.
                raise RefusedError(403, "PERMISSION_DENIED", "Invalid access token.")
            for pattern, handler in self._routes.items():
                if match := re.fullmatch(pattern, f"{request.method} {request.path}"):
                    answer = handler(request, *match.groups())
                    return answer if isinstance(answer, Reply) else _json(answer)
            message = f"No API at {request.method} {request.path}"
            raise RefusedError(404, "ENDPOINT_NOT_FOUND", message)
        except RefusedError as refused:
            return refused.reply

    def _user(self, request: Request) -> str | None:
        return self.users.get(request.headers.get("authorization", "").removeprefix("Bearer "))

    def _well_known(self, _: Request) -> Json:
        return {"oidc_endpoint": f"{self.address}/oidc", "workspace_id": "1234567890"}

    def _oidc(self, _: Request) -> Json:
        names = ("authorization_endpoint", "token_endpoint")
        return dict.fromkeys(names, f"{self.address}/oidc/token")

    def _token(self, request: Request) -> Json:
        """A token for a service principal."""
        import base64

        basic = request.headers.get("authorization", "").removeprefix("Basic ")
        client_id, _, secret = base64.b64decode(basic).decode().partition(":")
        if not secret or self.clients.get(client_id) != secret:
            raise RefusedError(401, "UNAUTHENTICATED", "Client authentication failed")
        self.users["issued"] = client_id
        return {"access_token": "issued", "token_type": "Bearer", "expires_in": 3600}

    def _me(self, request: Request) -> Json:
        return {"id": "1", "userName": self._user(request), "active": True}

    # SQL warehouses

    def _get_warehouse(self, _: Request, warehouse_id: str) -> Json:
        warehouse: Json = _known(self.warehouses, warehouse_id, "Warehouse")
        if warehouse["state"] == "STARTING":
            warehouse["looks"] = warehouse.get("looks", 0) + 1
            if warehouse["looks"] >= self.starting_looks:
                warehouse["state"] = "RUNNING"
        return warehouse

    def _start_warehouse(self, _: Request, warehouse_id: str) -> Json:
        _known(self.warehouses, warehouse_id, "Warehouse")["state"] = "STARTING"
        return {}

    # Runs

    def _submit(self, request: Request) -> Json:
        body = request.json()
        (task,) = body["tasks"]
        _known(self.dashboards, task["dashboard_task"]["dashboard_id"], "Dashboard")
        token = body["idempotency_token"]
        for run_id, run in self.runs.items():
            if run["token"] == token:
                return {"run_id": run_id}
        run_id = 1000 + len(self.runs)
        self.runs[run_id] = {
            "name": body["run_name"],
            "task": task["task_key"],
            "outcome": self.outcomes.pop(0) if self.outcomes else "succeeds",
            "token": token,
            "cancelled": False,
            "looks": 0,
        }
        return {"run_id": run_id}

    def _cancel(self, request: Request) -> Json:
        _known(self.runs, request.json()["run_id"], "Run")["cancelled"] = True
        return {}

    def _get_run(self, request: Request) -> Json:
        """Three looks: pending, running, ended."""
        run_id = int(request.query["run_id"])
        run = _known(self.runs, run_id, "Run")
        run["looks"] += 1
        state: Json = {"life_cycle_state": "PENDING" if run["looks"] == 1 else "RUNNING"}
        if run["cancelled"]:
            state = CANCELED
        elif run["looks"] > 2 and run["outcome"] != "hangs":
            lost = {"state_message": "the platform lost the run"}
            state = {
                "succeeds": SUCCESS,
                "fails": {**FAILED, "state_message": "the task failed"},
                "breaks": {**FAILED, "life_cycle_state": "INTERNAL_ERROR", **lost},
                "is_cancelled": CANCELED,
            }[run["outcome"]]
        return {
            "run_id": run_id,
            "run_page_url": f"{self.address}/jobs/runs/{run_id}",
            "state": state,
            "tasks": [{"run_id": run_id * 100, "task_key": run["task"], "state": state}],
        }

    # Dashboards

    def add_dashboard(self, title: str = "[dev ann_lee] Gold Sales") -> str:
        """A deployed and published dashboard."""
        dashboard_id = uuid.uuid4().hex
        self.dashboards[dashboard_id] = {
            "dashboard_id": dashboard_id,
            "display_name": title,
            "lifecycle_state": "ACTIVE",
        }
        self.published[dashboard_id] = {"display_name": title}
        return dashboard_id

    # Files

    def _in_volume(self, path: str) -> None:
        if not any(path == each or path.startswith(f"{each}/") for each in self.volumes):
            volume = "/".join(path.split("/")[:5])
            raise RefusedError(404, "NOT_FOUND", f"Volume {volume} does not exist.")

    def _list_folder(self, request: Request, folder: str) -> Json:
        """Pages of two entries, so that paging is tested too."""
        self._in_volume(folder)
        if folder not in self.folders | self.volumes:
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
        return {"contents": page, **more}

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
        self.store(path, request.body)
        return Reply(204)

    def _get_file(self, _: Request, path: str) -> Reply:
        stored = _known(self.files, path, "File")
        return Reply(200, stored.content, {"Content-Type": "application/octet-stream"})


def _handler(workspace: FakeWorkspace) -> type[BaseHTTPRequestHandler]:
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
            reply = workspace.answer(request)
            if reply.drop:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status != 204:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = do_PUT = _answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Print nothing; `FakeWorkspace.requests` has it all."""

    return Handler


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: the client went away."""


@contextmanager
def serve(workspace: FakeWorkspace, tls: Certificate | None = None) -> Iterator[str]:
    """Serve on a free port of 127.0.0.1 until the block ends; yields the address."""
    server = Server(("127.0.0.1", 0), _handler(workspace))
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls.certificate, tls.key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    workspace.address = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield workspace.address
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
