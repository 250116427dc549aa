"""The fake workspace and the local warehouse under one address, as they are on Databricks.

The fake workspace answers what the SDK asks; the statements of dbt-databricks are passed on to the
warehouse; files that go up into the volume lie where the warehouse reads them.
"""

from __future__ import annotations

import http.client
import os
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from dbx_local.certificate import make_certificate
from dbx_local.connection import Connection
from orchestration.databricks.names import NO_PREFIX, dashboard_title, landing_volume
from tests.python.conftest import PROJECT
from tests.python.databricks.fake_workspace import FakeWorkspace, Reply, Request, serve

TODAY = date.today()  # for both engines, also when midnight comes between them
TOKEN = "secret"  # what the fake workspace accepts
NOT_LINKED = {"target", "logs", "warehouse", "landing", "site", "profiles.yml", "dbt_project.yml"}
"""What a copy of the project has of its own."""
WRITES = re.compile(rb"\b(insert into|merge into|delete from|update) ", re.IGNORECASE)
"""A statement that adds to a table, or takes from it."""


class LocalWorkspace(FakeWorkspace):
    """A workspace with one warehouse, one volume and one dashboard.

    Attributes that tests set: `loses_answers` (the first answer to each statement that writes never
    arrives). Attributes that tests read: `lost`, those statements.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.connection = connection
        warehouse_id = connection.http_path.rsplit("/", 1)[-1]
        self.warehouses = {
            warehouse_id: {"id": warehouse_id, "name": "Local", "state": "STOPPED"},
        }
        self.starting_looks = 1
        self.catalogs = {connection.catalog: {"name": connection.catalog}}
        self.volume = landing_volume(connection.catalog, NO_PREFIX)
        self.volumes = {self.volume}
        self.landing.mkdir(parents=True, exist_ok=True)
        self.dashboard = self.add_dashboard(dashboard_title(NO_PREFIX))
        self.loses_answers = False
        self.lost: set[bytes] = set()
        self._own = threading.local()
        self._trusted = ssl.create_default_context(cafile=connection.certificate)

    @property
    def landing(self) -> Path:
        """The folder behind the volume."""
        assert self.connection.volume_root is not None
        return Path(self.connection.volume_root) / self.volume.removeprefix("/Volumes/")

    def store(self, path: str, content: bytes) -> None:
        """Put a file into the volume, for the warehouse to read."""
        super().store(path, content)
        file = self.landing / path.removeprefix(f"{self.volume}/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        seconds = self.files[path].modified / 1000
        os.utime(file, (seconds, seconds))

    def answer(self, request: Request) -> Reply:
        """Pass statements on, without holding up everything else."""
        if request.method != "POST" or request.path != self.connection.http_path:
            return super().answer(request)
        if self._user(request) is None:
            return Reply(403)
        connection = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = http.client.HTTPSConnection(
                self.connection.host, self.connection.port, context=self._trusted
            )
        kind = {"Content-Type": "application/x-thrift"}
        connection.request("POST", request.path, request.body, kind)
        answer = connection.getresponse()
        reply = Reply(answer.status, answer.read(), kind)
        return Reply(drop=True) if self._is_lost(request.body) else reply

    def _is_lost(self, body: bytes) -> bool:
        """Whether an answer is to be lost: once, and only after what was asked has been done."""
        if not self.loses_answers or b"ExecuteStatement" not in body or not WRITES.search(body):
            return False
        with self._lock:
            is_new = body not in self.lost
            self.lost.add(body)
        return is_new


@contextmanager
def serve_workspace(connection: Connection, folder: Path) -> Iterator[LocalWorkspace]:
    """Serve over HTTPS, with a certificate of its own in `folder`, until the block ends."""
    workspace = LocalWorkspace(connection)
    with serve(workspace, make_certificate(folder)):
        yield workspace


def workspace_environment(workspace: LocalWorkspace, folder: Path) -> dict[str, str]:
    """What a user exports, and where the certificate is that nobody else would trust."""
    return {
        "DATABRICKS_HOST": workspace.address,
        "DATABRICKS_TOKEN": TOKEN,
        "DATABRICKS_HTTP_PATH": workspace.connection.http_path,
        "DATABRICKS_CATALOG": workspace.connection.catalog,
        "DATABRICKS_CONFIG_FILE": str(folder / "no.databrickscfg"),
        "REQUESTS_CA_BUNDLE": str(folder / "certificate.pem"),
    }


def copy_project(
    folder: Path, workspace: LocalWorkspace, certificates: Path, settings: str = ""
) -> Path:
    """The project under another folder, its profile pointed at a workspace on this machine.

    The profile is the example's: only what a real workspace needs no word about is added, the
    port and the certificate. Everything else is linked, not copied. Runs stand for TODAY.

    Args:
        folder: made here.
        workspace: it has to be served already.
        certificates: the folder it is served with.
        settings: a line to add to dbt_project.yml.
    """
    folder.mkdir(parents=True)
    for entry in PROJECT.iterdir():
        if not entry.name.startswith(".") and entry.name not in NOT_LINKED:
            (folder / entry.name).symlink_to(entry)
    text = (PROJECT / "dbt_project.yml").read_text(encoding="utf-8")
    text = text.replace('as_of: ""', f'as_of: "{TODAY}"')
    (folder / "dbt_project.yml").write_text(f"{text}\n{settings}\n", encoding="utf-8")
    profile: dict[str, Any] = yaml.safe_load(
        (PROJECT / "profiles.yml.example").read_text(encoding="utf-8")
    )
    profile["sales_lakehouse"]["outputs"]["databricks"]["connection_parameters"] = {
        "_connection_uri": f"{workspace.address}{workspace.connection.http_path}",
        "_tls_trusted_ca_file": str(certificates / "certificate.pem"),
        "_retry_delay_min": 0.1,  # seconds; answers get lost on purpose
        "enable_telemetry": False,
        "use_cloud_fetch": False,
    }
    (folder / "profiles.yml").write_text(yaml.safe_dump(profile), encoding="utf-8")
    return folder
