"""From the environment to a workspace that answers, or an error with a remedy within seconds.

Both the SDK and the dbt adapter ask a host for `/.well-known/databricks-config` first and repeat
that silently for five minutes when nobody answers. `preflight` asks once, with a short timeout,
then checks the credentials, the warehouse and the catalog, before dbt is started.
"""

from __future__ import annotations

import configparser
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import requests
from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.errors import NotFound, PermissionDenied
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.service.sql import EndpointInfo, GetWarehouseResponse, State

from orchestration import __version__
from orchestration.databricks.names import NO_PREFIX, landing_volume
from orchestration.databricks.progress import Progress, Report, silent
from orchestration.databricks.transient import (
    DEFAULT_RETRY,
    TOKEN_REMEDY,
    RetryPolicy,
    cause_of,
    explained,
    is_transient,
    retried,
)
from orchestration.errors import ExitCode, LakehouseError

_HTTP_PATH = re.compile(r"^/?sql/1\.0/(?:warehouses|endpoints)/(?P<id>[^/?]+)/?$")
_BUSY = frozenset({429, 500, 502, 503, 504})
_PREFLIGHT_RETRY = RetryPolicy(attempts=3, first_wait=0.5, longest_wait=2)


@dataclass(frozen=True)
class Workspace:
    """A workspace that was reached, and what the run needs to know about it.

    Attributes:
        client: the SDK's client; credentials are in it alone.
        host: the address, `https://...` without a trailing slash.
        user: who the credentials belong to.
        warehouse_id: the SQL warehouse; empty when none was asked for.
        catalog: the Unity Catalog catalog.
        prefix: what comes before the layers' schemas; `default` for nothing.
    """

    client: WorkspaceClient
    host: str
    user: str
    warehouse_id: str
    catalog: str
    prefix: str

    @property
    def landing(self) -> str:
        """The path of the landing volume."""
        return landing_volume(self.catalog, self.prefix)

    def credentials(self) -> dict[str, str]:
        """The credentials for a child process, never to be shown.

        Whatever the SDK signs in with ends in a bearer token, so that dbt needs to know only that
        one way. Unless it is a personal token it expires, usually after an hour.
        """
        header = self.client.config.authenticate().get("Authorization", "")
        return {"DATABRICKS_TOKEN": header.removeprefix("Bearer ")}

    def environment(self) -> dict[str, str]:
        """What dbt needs, in the spelling it needs, for a child process. No credentials."""
        return {
            "DATABRICKS_HOST": self.host,
            "DATABRICKS_HTTP_PATH": f"/sql/1.0/warehouses/{self.warehouse_id}",
            "DATABRICKS_CATALOG": self.catalog,
            "DATABRICKS_SCHEMA": self.prefix,
            "LAKEHOUSE_LANDING": self.landing,
        }


def preflight(
    *, need_warehouse: bool = True, timeout: float = 5.0, report: Report = silent
) -> Workspace:
    """Check everything a run needs, in the order in which it can be wrong.

    Reads DATABRICKS_HOST (or the profile of the SDK's unified authentication),
    DATABRICKS_HTTP_PATH, DATABRICKS_CATALOG and DATABRICKS_SCHEMA.

    Args:
        need_warehouse: False for steps that run no SQL, such as an upload.
        timeout: seconds to wait for the host to accept the connection, and again for its answer.
        report: told what is being checked.

    Raises:
        LakehouseError: at the first thing that is wrong, with its remedy.
    """
    host = check_host(configured_host(), timeout=timeout, report=report)
    catalog = _required("DATABRICKS_CATALOG", "the catalog that holds the schemas")
    http_path = _required("DATABRICKS_HTTP_PATH", "the warehouse's path") if need_warehouse else ""
    client = connect(host)
    user = check_user(client)
    report(Progress("connect", f"connected as {user}", link=host))
    warehouse_id = check_warehouse(client, http_path, report=report) if need_warehouse else ""
    check_catalog(client, catalog)
    prefix = os.environ.get("DATABRICKS_SCHEMA", "").strip() or NO_PREFIX
    return Workspace(client, host, user, warehouse_id, catalog, prefix)


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


def check_host(host: str, *, timeout: float = 5.0, report: Report = silent) -> str:
    """Make sure that a Databricks workspace answers under this address.

    Args:
        host: with or without `https://`; a path or query behind it is dropped.
        timeout: seconds to wait for the connection, and again for the answer.
        report: told what is being asked.

    Returns:
        The address as `https://<host>`.

    Raises:
        LakehouseError: when nobody answers, or somebody else.
    """
    remedy = (
        "DATABRICKS_HOST is the address in the browser up to the first slash, for example "
        "https://<workspace>.cloud.databricks.com or https://adb-<number>.azuredatabricks.net."
    )
    parts = urlsplit(host if "://" in host else f"https://{host}")
    if parts.scheme not in ("https", "http") or not parts.hostname or "<" in host:
        raise LakehouseError(f"{host!r} is not the address of a workspace.", remedy, ExitCode.USAGE)
    address = f"{parts.scheme}://{parts.netloc}"
    report(Progress("connect", f"asking {address}", link=address))

    def ask() -> int:
        answer = requests.get(
            f"{address}/.well-known/databricks-config", timeout=timeout, allow_redirects=False
        )
        return answer.status_code

    for attempt in range(1, _PREFLIGHT_RETRY.attempts + 1):
        try:
            status = ask()
        except requests.exceptions.RequestException as error:
            raise _unreachable(address, error, timeout, remedy) from error
        if status not in _BUSY:
            # An older workspace may not know the page; whether it is one shows at the next step.
            return address
        if attempt < _PREFLIGHT_RETRY.attempts:
            time.sleep(_PREFLIGHT_RETRY.first_wait * attempt)
    raise LakehouseError(
        f"{address} answers with status {status}: the workspace is not available.",
        "Try again later; the platform's status page shows known disturbances.",
    )


def _unreachable(
    address: str, error: requests.exceptions.RequestException, timeout: float, remedy: str
) -> LakehouseError:
    """Why no answer came, in the words of the person who has to put it right."""
    text = str(error)
    if isinstance(error, requests.exceptions.SSLError):
        return LakehouseError(
            f"{address} does not show a certificate that is trusted here.",
            "If a proxy stands between, set REQUESTS_CA_BUNDLE to its certificate.",
        )
    if isinstance(error, requests.exceptions.Timeout):
        return LakehouseError(
            f"{address} did not answer within {timeout:g} seconds.",
            f"{remedy} If it is right, a firewall, a private link or a missing HTTPS_PROXY is in "
            "the way.",
        )
    if "resolve" in text.lower() or "name or service not known" in text.lower():
        return LakehouseError(f"There is no host called {urlsplit(address).hostname}.", remedy)
    if "refused" in text.lower():
        return LakehouseError(f"{address} refuses the connection.", remedy)
    if isinstance(error, requests.exceptions.InvalidURL):
        return LakehouseError(
            f"{address!r} is not the address of a workspace.", remedy, ExitCode.USAGE
        )
    return LakehouseError(f"{address} cannot be reached: {text[:200]}", remedy)


def connect(host: str) -> WorkspaceClient:
    """A client for a host that was checked, with the SDK's unified authentication.

    The SDK's own retries are cut to one try: `transient.retried` decides about retries instead.

    Raises:
        LakehouseError: when there are no credentials, or contradictory ones.
    """
    try:
        config = Config(
            host=host,
            product="sales-lakehouse",
            product_version=__version__,
            http_timeout_seconds=60,
            retry_timeout_seconds=1,
        )
        return WorkspaceClient(config=config)
    except ValueError as error:
        reason = str(error).split(". Config:")[0].split(", please check")[0]
        raise LakehouseError(
            f"No usable credentials for {host}: {reason}", TOKEN_REMEDY, ExitCode.USAGE
        ) from error


def check_user(client: WorkspaceClient) -> str:
    """The name of the user whose credentials these are.

    Raises:
        LakehouseError: when the workspace does not accept them.
    """
    host = client.config.host
    try:
        me = retried(client.current_user.me, f"Signing in to {host}", _PREFLIGHT_RETRY)
    except LakehouseError as error:
        cause = cause_of(error)
        if isinstance(cause, DatabricksError) and not is_transient(cause):
            if isinstance(cause, NotFound):
                raise LakehouseError(
                    f"{host} answers, but not as a Databricks workspace.",
                    "Set DATABRICKS_HOST to the address of the workspace, not of the account "
                    "console or another site.",
                ) from cause
            raise LakehouseError(
                f"{host} does not accept the credentials ({client.config.auth_type}): "
                f"{error.message.split(': ', 1)[-1]}",
                TOKEN_REMEDY,
            ) from cause
        raise
    except ValueError as error:
        # A page of HTML or an answer of another service.
        raise LakehouseError(
            f"{host} answers, but not as a Databricks workspace.",
            "Set DATABRICKS_HOST to the address of the workspace.",
        ) from error
    return me.user_name or me.display_name or "unknown"


def check_warehouse(client: WorkspaceClient, http_path: str, *, report: Report = silent) -> str:
    """The id of the SQL warehouse in DATABRICKS_HTTP_PATH, when it exists and may be used.

    Raises:
        LakehouseError: otherwise, naming the warehouses that could be used.
    """
    match = _HTTP_PATH.match(http_path.strip())
    if match is None:
        raise LakehouseError(
            f"DATABRICKS_HTTP_PATH is not the path of a SQL warehouse: {http_path!r}",
            "Copy it from the warehouse's page, tab Connection details: /sql/1.0/warehouses/<id>.",
            ExitCode.USAGE,
        )
    warehouse_id = match["id"]
    try:
        warehouse = retried(
            lambda: client.warehouses.get(warehouse_id),
            "Looking up the warehouse",
            _PREFLIGHT_RETRY,
        )
    except LakehouseError as error:
        cause = cause_of(error)
        if not isinstance(cause, DatabricksError) or is_transient(cause):
            raise
        problem = (
            f"The warehouse {warehouse_id} may not be used"
            if isinstance(cause, PermissionDenied)
            else f"There is no warehouse {warehouse_id} in this workspace"
        )
        raise LakehouseError(
            f"{problem}: {error.message.split(': ', 1)[-1]}",
            "Set DATABRICKS_HTTP_PATH to /sql/1.0/warehouses/<id>, or ask for CAN USE. "
            f"{_choices(client)}",
        ) from cause
    if warehouse.state in (State.DELETED, State.DELETING):
        raise LakehouseError(
            f"The warehouse {warehouse.name} ({warehouse_id}) was deleted.", _choices(client)
        )
    state = warehouse.state.value.lower() if warehouse.state else "unknown"
    report(
        Progress(
            "warehouse", f"{warehouse.name}: {state}", link=_warehouse_link(client, warehouse_id)
        )
    )
    return warehouse_id


def start_warehouse(
    client: WorkspaceClient,
    warehouse_id: str,
    *,
    timeout: timedelta = timedelta(minutes=15),
    poll_seconds: float = 5.0,
    retry: RetryPolicy = DEFAULT_RETRY,
    report: Report = silent,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Start the warehouse if it is not running, and wait for it.

    The first statement would start it too, but without a word for minutes.

    Raises:
        LakehouseError: when it does not run in time, or may not be started.
    """

    def state() -> GetWarehouseResponse:
        return retried(
            lambda: client.warehouses.get(warehouse_id), "Looking up the warehouse", retry, report
        )

    began = time.monotonic()
    warehouse = state()
    if warehouse.state is State.STOPPED:
        retried(
            lambda: client.warehouses.start(warehouse_id), "Starting the warehouse", retry, report
        )
    link = _warehouse_link(client, warehouse_id)
    while warehouse.state is not State.RUNNING:
        elapsed = time.monotonic() - began
        if elapsed > timeout.total_seconds() or warehouse.state in (State.DELETED, State.DELETING):
            raise LakehouseError(
                f"The warehouse {warehouse.name} is {_lower(warehouse.state)} after "
                f"{elapsed:.0f} seconds. {link}",
                "Look at the warehouse's page for the reason, or choose another one.",
            )
        report(
            Progress(
                "warehouse", f"{warehouse.name}: {_lower(warehouse.state)}", link, int(elapsed)
            )
        )
        sleep(poll_seconds)
        warehouse = state()
    report(Progress("warehouse", f"{warehouse.name}: running", link, int(time.monotonic() - began)))


def check_catalog(client: WorkspaceClient, catalog: str) -> None:
    """Make sure that the catalog exists and can be seen.

    Raises:
        LakehouseError: otherwise.
    """
    try:
        retried(lambda: client.catalogs.get(catalog), "Looking up the catalog", _PREFLIGHT_RETRY)
    except LakehouseError as error:
        cause = cause_of(error)
        if not isinstance(cause, NotFound | PermissionDenied):
            raise
        raise LakehouseError(
            f"There is no catalog {catalog}, or it may not be used.",
            "Set DATABRICKS_CATALOG to the catalog of the bundle's target, and ask its owner for "
            "USE CATALOG (docs/deploy.md, rights).",
        ) from cause


def _choices(client: WorkspaceClient) -> str:
    """The warehouses the user may see; never an error of its own."""
    try:
        warehouses: list[EndpointInfo] = list(client.warehouses.list())
    except (DatabricksError, requests.exceptions.RequestException, TimeoutError) as error:
        return f"(The list of warehouses cannot be had: {explained(error, 'listing').message})"
    if not warehouses:
        return "There is no warehouse that these credentials may see."
    return "Warehouses: " + ", ".join(f"{each.name} ({each.id})" for each in warehouses[:8]) + "."


def _warehouse_link(client: WorkspaceClient, warehouse_id: str) -> str:
    return f"{client.config.host}/sql/warehouses/{warehouse_id}"


def _lower(state: State | None) -> str:
    return state.value.lower() if state else "in an unknown state"


def _required(name: str, what: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        raise LakehouseError(
            f"{name} is not set: {what}.",
            "docs/deploy.md lists the variables that a run on Databricks reads.",
            ExitCode.USAGE,
        )
    return value
