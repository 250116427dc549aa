"""From the environment to a workspace that answers, or an error with a remedy within seconds.

The SDK and the dbt adapter ask a host for `/.well-known/databricks-config` first, and repeat that
silently for five minutes when there is no answer. `preflight` asks with a short timeout, then
checks the credentials, the warehouse and the catalog, before dbt starts.
"""

from __future__ import annotations

import configparser
import os
import re
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import requests
from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.errors import NotFound, OperationFailed, PermissionDenied
from databricks.sdk.service.sql import GetWarehouseResponse, State
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from orchestration.console import RunConsole
from orchestration.databricks.api import (
    API_ERRORS,
    AWAY_REMEDY,
    TOKEN_REMEDY,
    Report,
    explained,
    first_line,
    silent,
)
from orchestration.databricks.names import NO_PREFIX, landing_volume
from orchestration.errors import ExitCode, LakehouseError

_HTTP_PATH = re.compile(r"^/?sql/1\.0/(?:warehouses|endpoints)/(?P<id>[^/?]+)/?$")
_BUSY = frozenset({429, 500, 502, 503, 504})
_RETRY = Retry(
    total=2,
    connect=0,
    read=False,
    backoff_factor=0.5,
    status_forcelist=_BUSY,
    raise_on_status=False,
)
"""An answer that the workspace is busy is tried again; a lost connection is not."""
_RETRY_SECONDS = 120
_HOST_REMEDY = (
    "DATABRICKS_HOST is the address in the browser up to the first slash, for example "
    "https://<workspace>.cloud.databricks.com or https://adb-<number>.azuredatabricks.net."
)


@dataclass(frozen=True)
class Workspace:
    """A workspace that was reached, and what the run needs to know about it."""

    client: WorkspaceClient
    """Only it holds credentials."""
    host: str
    """`https://...` without a trailing slash."""
    warehouse_id: str
    """Empty when none was asked for."""
    catalog: str
    prefix: str
    """What comes before the layers' schemas; `default` for nothing."""

    @property
    def landing(self) -> str:
        """The path of the landing volume."""
        return landing_volume(self.catalog, self.prefix)

    def credentials(self) -> dict[str, str]:
        """The credentials for a child process, never to be shown.

        Every way to sign in ends in a bearer token, so dbt gets that; it expires, usually after an
        hour. The auth type keeps the SDK in the child from finding a second way in the client id
        and secret that it inherits, which it refuses.
        """
        header = self.client.config.authenticate().get("Authorization", "")
        return {
            "DATABRICKS_TOKEN": header.removeprefix("Bearer "),
            "DATABRICKS_AUTH_TYPE": "pat",
        }

    def environment(self) -> dict[str, str]:
        """What dbt reads from the environment of a child process; no credentials."""
        return {
            "DATABRICKS_HOST": self.host,
            "DATABRICKS_HTTP_PATH": f"/sql/1.0/warehouses/{self.warehouse_id}",
            "DATABRICKS_CATALOG": self.catalog,
            "DATABRICKS_SCHEMA": self.prefix,
            "LAKEHOUSE_LANDING": self.landing,
        }


def preflight(*, need_warehouse: bool = True, report: Report = silent) -> Workspace:
    """Check everything a run needs, in the order in which it can be wrong.

    Reads DATABRICKS_HOST (or the profile of the SDK's unified authentication),
    DATABRICKS_HTTP_PATH, DATABRICKS_CATALOG and DATABRICKS_SCHEMA.

    A step that runs no SQL, such as an upload, needs no warehouse.

    Raises:
        LakehouseError: at the first thing that is wrong, with its remedy.
    """
    host = check_host(configured_host())
    catalog = _required("DATABRICKS_CATALOG", "the catalog that holds the schemas")
    http_path = _required("DATABRICKS_HTTP_PATH", "the warehouse's path") if need_warehouse else ""
    client = sign_in(host, report)
    warehouse_id = _check_warehouse(client, http_path, report) if need_warehouse else ""
    missing = (
        "Set DATABRICKS_CATALOG to the catalog of the bundle's target, and ask its owner for "
        "USE CATALOG (docs/deploy.md, rights)."
    )
    with explained(
        f"Looking up the catalog {catalog}", {NotFound: missing, PermissionDenied: missing}
    ):
        client.catalogs.get(catalog)
    return Workspace(client, host, warehouse_id, catalog, schema_prefix())


def open_workspace(console: RunConsole) -> Workspace:
    """Reach the workspace and start the warehouse.

    Raises:
        LakehouseError: within seconds, when host, credentials, warehouse or catalog are wrong.
    """
    console.step("Connecting to Databricks")
    workspace = preflight(report=console.note)
    start_warehouse(workspace.client, workspace.warehouse_id, report=console.note)
    return workspace


def schema_prefix() -> str:
    """What DATABRICKS_SCHEMA says comes before the layers' schemas."""
    return os.environ.get("DATABRICKS_SCHEMA", "").strip() or NO_PREFIX


def configured_host() -> str:
    """The workspace's address as the SDK would find it: environment first, then the profile.

    Raises:
        LakehouseError: when there is none.
    """
    if host := os.environ.get("DATABRICKS_HOST", "").strip():
        return host
    file = Path(os.environ.get("DATABRICKS_CONFIG_FILE") or "~/.databrickscfg").expanduser()
    profile = os.environ.get("DATABRICKS_CONFIG_PROFILE") or "DEFAULT"
    profiles = configparser.ConfigParser(interpolation=None)
    try:
        profiles.read(file, encoding="utf-8")
    except configparser.Error as error:
        raise LakehouseError(
            f"{file}: {error}", "Correct the file, or set DATABRICKS_HOST.", ExitCode.USAGE
        ) from error
    known = profile == "DEFAULT" or profiles.has_section(profile)
    if known and (host := profiles.get(profile, "host", fallback="").strip()):
        return host
    raise LakehouseError(
        "No Databricks workspace is configured: DATABRICKS_HOST is not set, and "
        f"{file} has no host under [{profile}].",
        "Set DATABRICKS_HOST to the workspace's address (https://...), or run "
        "`databricks auth login --host <address>` and set DATABRICKS_CONFIG_PROFILE.",
        ExitCode.USAGE,
    )


def check_host(host: str, *, timeout: float = 5.0) -> str:
    """The address as `https://<host>`, without path and query, when a server answers there.

    The timeout is for the connection, and again for the answer.

    Raises:
        LakehouseError: when there is no answer.
    """
    parts = urlsplit(host if "://" in host else f"https://{host}")
    if parts.scheme not in ("https", "http") or not parts.hostname or "<" in host:
        raise LakehouseError(
            f"{host!r} is not the address of a workspace.", _HOST_REMEDY, ExitCode.USAGE
        )
    address = f"{parts.scheme}://{parts.netloc}"

    try:
        with requests.Session() as session:
            session.mount(address, HTTPAdapter(max_retries=_RETRY))
            # An older workspace may not know the page; whether it is one shows at the next step.
            status = session.get(
                f"{address}/.well-known/databricks-config", timeout=timeout, allow_redirects=False
            ).status_code
    except requests.exceptions.RequestException as error:
        raise _unreachable(address, error, timeout) from error
    if status in _BUSY:
        raise LakehouseError(
            f"{address} answers with status {status}: the workspace is not available.", AWAY_REMEDY
        )
    return address


def _unreachable(
    address: str, error: requests.exceptions.RequestException, timeout: float
) -> LakehouseError:
    """Why no answer came."""
    text = str(error).lower()
    if isinstance(error, requests.exceptions.SSLError):
        return LakehouseError(
            f"{address} does not show a certificate that is trusted here.",
            "If there is a proxy, set REQUESTS_CA_BUNDLE to its certificate.",
        )
    if isinstance(error, requests.exceptions.Timeout):
        return LakehouseError(
            f"{address} did not answer within {timeout:g} seconds.",
            f"{_HOST_REMEDY} If it is right, check firewall, private link and HTTPS_PROXY.",
        )
    if "resolve" in text or "name or service not known" in text:
        return LakehouseError(f"There is no host {urlsplit(address).hostname}.", _HOST_REMEDY)
    if "refused" in text:
        return LakehouseError(f"{address} refuses the connection.", _HOST_REMEDY)
    return LakehouseError(f"{address} cannot be reached: {str(error)[:200]}", _HOST_REMEDY)


def sign_in(host: str, report: Report = silent) -> WorkspaceClient:
    """A client for a host that was checked, with the SDK's unified authentication.

    Raises:
        LakehouseError: when there are no credentials, contradictory ones, or the workspace does
            not accept them.
    """
    try:
        config = Config(
            host=host,
            product="sales-lakehouse",
            product_version=version("sales-lakehouse"),
            http_timeout_seconds=60,
            retry_timeout_seconds=_RETRY_SECONDS,
        )
    except ValueError as error:
        reason = first_line(error).split(", please check")[0]
        raise LakehouseError(
            f"No usable credentials for {host}: {reason}", TOKEN_REMEDY, ExitCode.USAGE
        ) from error
    client = WorkspaceClient(config=config)
    stranger = "Set DATABRICKS_HOST to the address of a workspace, not of the account console."
    try:
        with explained(
            f"Signing in to {host} ({config.auth_type})",
            {NotFound: stranger, PermissionDenied: TOKEN_REMEDY},
        ):
            me = client.current_user.me()
    except ValueError as error:  # HTML, or the answer of another service
        raise LakehouseError(f"{host} is not a Databricks workspace.", stranger) from error
    report(f"connected as {me.user_name or me.display_name or 'unknown'} ({host})")
    return client


def _check_warehouse(client: WorkspaceClient, http_path: str, report: Report) -> str:
    """The id of the SQL warehouse in DATABRICKS_HTTP_PATH, when it exists and may be used."""
    match = _HTTP_PATH.match(http_path.strip())
    if match is None:
        raise LakehouseError(
            f"DATABRICKS_HTTP_PATH is not the path of a SQL warehouse: {http_path!r}",
            "Copy it from the warehouse's page, tab Connection details: /sql/1.0/warehouses/<id>.",
            ExitCode.USAGE,
        )
    warehouse_id = match["id"]
    with explained(f"Looking up the warehouse {warehouse_id}"):
        try:
            warehouse = client.warehouses.get(warehouse_id)
        except (NotFound, PermissionDenied) as error:
            raise LakehouseError(
                f"Looking up the warehouse {warehouse_id}: {first_line(error)}",
                "Set DATABRICKS_HTTP_PATH to /sql/1.0/warehouses/<id>, or ask for CAN USE. "
                f"{_choices(client)}",
            ) from error
    if warehouse.state in (State.DELETED, State.DELETING):
        raise LakehouseError(
            f"The warehouse {warehouse.name} ({warehouse_id}) was deleted.", _choices(client)
        )
    report(_state(client, warehouse))
    return warehouse_id


def start_warehouse(
    client: WorkspaceClient,
    warehouse_id: str,
    *,
    timeout: timedelta = timedelta(minutes=15),
    report: Report = silent,
) -> None:
    """Start the warehouse if it is not running, and wait for it.

    The first statement would start it too, but without a word for minutes.

    Raises:
        LakehouseError: when it does not run in time, or may not be started.
    """
    remedy = f"See {client.config.host}/sql/warehouses/{warehouse_id}, or use another warehouse."
    with explained(
        f"Starting the warehouse {warehouse_id}", {OperationFailed: remedy, TimeoutError: remedy}
    ):
        warehouse = client.warehouses.get(warehouse_id)
        if warehouse.state is State.RUNNING:
            return
        if warehouse.state in (State.STOPPED, State.STOPPING):
            client.warehouses.start(warehouse_id)
        warehouse = client.warehouses.wait_get_warehouse_running(
            warehouse_id, timeout=timeout, callback=lambda now: report(_state(client, now))
        )
        report(_state(client, warehouse))


def _state(client: WorkspaceClient, warehouse: GetWarehouseResponse) -> str:
    state = warehouse.state.value.lower() if warehouse.state else "unknown"
    return f"{warehouse.name}: {state} ({client.config.host}/sql/warehouses/{warehouse.id})"


def _choices(client: WorkspaceClient) -> str:
    """The warehouses the user may see; never an error of its own."""
    try:
        names = [f"{each.name} ({each.id})" for each in client.warehouses.list()]
    except API_ERRORS as error:
        return f"(The warehouses cannot be listed: {first_line(error)})"
    if not names:
        return "There is no warehouse that these credentials may see."
    return f"Warehouses: {', '.join(names[:8])}."


def _required(name: str, what: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        raise LakehouseError(
            f"{name} is not set: {what}.",
            "docs/deploy.md lists the variables that a run on Databricks reads.",
            ExitCode.USAGE,
        )
    return value
