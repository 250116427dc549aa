from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

from dbx_local.certificate import make_certificate
from orchestration.databricks.workspace import (
    check_host,
    configured_host,
    preflight,
    start_warehouse,
)
from orchestration.errors import ExitCode, LakehouseError
from tests.python.databricks.fake_workspace import FakeWorkspace, serve

PROJECT = Path(__file__).resolve().parents[3]
SECONDS = 12.0  # with room for a busy machine; the SDK alone takes 300


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that accepts connections and never says anything."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        yield listener.getsockname()[1]


def test_all_right(configured: FakeWorkspace, lines: list[str]) -> None:
    found = preflight(report=lines.append)
    assert found.warehouse_id == "w1"
    assert found.landing == "/Volumes/sales_dev/dev_ann_lee_bronze/landing"
    assert found.environment()["DATABRICKS_HTTP_PATH"] == "/sql/1.0/warehouses/w1"
    assert "secret" not in repr(found.environment())
    assert found.credentials()["DATABRICKS_TOKEN"] == "secret"
    assert lines == [
        f"connected as ann.lee@example.com ({configured.address})",
        f"Serverless Starter Warehouse: running ({configured.address}/sql/warehouses/w1)",
    ]


@pytest.fixture
def service_principal(configured: FakeWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client id and secret in the environment, and no token."""
    configured.clients["robot"] = "dose1"
    monkeypatch.delenv("DATABRICKS_TOKEN")
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", "robot")
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", "dose1")


@pytest.mark.usefixtures("service_principal")
def test_a_service_principal_and_what_dbt_inherits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The adapter gets a token beside the client id and secret, and has to accept that."""
    from dbt.adapters.databricks.credentials import DatabricksCredentials

    found = preflight()
    for name, value in (found.environment() | found.credentials()).items():
        monkeypatch.setenv(name, value)
    for name in ("ARM_CLIENT_ID", "ARM_CLIENT_SECRET", "ARM_TENANT_ID"):  # of Azure
        monkeypatch.setenv(name, "azure")
    credentials = DatabricksCredentials.from_dict(_profile())
    manager = credentials.authenticate()
    assert manager.header_factory()["Authorization"] == "Bearer issued"
    monkeypatch.delenv("DATABRICKS_AUTH_TYPE")
    credentials = DatabricksCredentials.from_dict(_profile())
    with pytest.raises(ValueError, match="more than one authorization method"):
        credentials.authenticate().header_factory()


@pytest.mark.usefixtures("service_principal")
def test_dbt_alone_signs_in_as_a_service_principal() -> None:
    from dbt.adapters.databricks.credentials import DatabricksCredentials

    manager = DatabricksCredentials.from_dict(_profile()).authenticate()
    assert manager.header_factory()["Authorization"] == "Bearer issued"


def _profile() -> dict[str, Any]:
    """The target databricks of profiles.yml.example, rendered as dbt does."""
    example = yaml.safe_load((PROJECT / "profiles.yml.example").read_text(encoding="utf-8"))
    target = example["sales_lakehouse"]["outputs"]["databricks"]
    return {
        key: jinja2.Template(str(value)).render(env_var=os.environ.get)
        for key, value in target.items()
        if key not in ("type", "threads")
    }


def test_an_address_as_copied_from_the_browser(
    configured: FakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABRICKS_HOST", f"{configured.address}/?o=1234#job/5")
    assert preflight().host == configured.address


def test_no_schema_means_no_prefix(
    configured: FakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABRICKS_SCHEMA")
    assert preflight().landing == "/Volumes/sales_dev/bronze/landing"
    assert configured.count("GET", "/warehouses/w1$") == 1


def test_an_upload_needs_no_warehouse(
    configured: FakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABRICKS_HTTP_PATH")
    assert preflight(need_warehouse=False).warehouse_id == ""
    assert configured.count("GET", "/warehouses") == 0


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("https://nobody.invalid", "There is no host nobody.invalid"),
        ("nobody.invalid", "There is no host nobody.invalid"),
        ("https://127.0.0.1:1", "refuses the connection"),
        ("https://<workspace>.cloud.databricks.com", "is not the address of a workspace"),
        ("ftp://example.com", "is not the address of a workspace"),
    ],
)
def test_a_wrong_host_is_named_within_seconds(host: str, expected: str) -> None:
    began = time.monotonic()
    with pytest.raises(LakehouseError, match=expected) as raised:
        check_host(host, timeout=2)
    assert time.monotonic() - began < SECONDS
    assert "DATABRICKS_HOST" in raised.value.remedy


def test_a_host_that_never_answers(silent_port: int) -> None:
    began = time.monotonic()
    with pytest.raises(LakehouseError, match="did not answer within 1 seconds") as raised:
        check_host(f"http://127.0.0.1:{silent_port}", timeout=1)
    assert time.monotonic() - began < SECONDS
    assert "firewall" in raised.value.remedy


def test_a_certificate_that_is_not_trusted(tmp_path: Path) -> None:
    with (
        serve(FakeWorkspace(), make_certificate(tmp_path)) as address,
        pytest.raises(LakehouseError, match="certificate") as e,
    ):
        check_host(address, timeout=5)
    assert "REQUESTS_CA_BUNDLE" in e.value.remedy


def test_a_trusted_certificate(
    configured: FakeWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = make_certificate(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(files.certificate))
    with serve(configured, files) as address:
        monkeypatch.setenv("DATABRICKS_HOST", address.removeprefix("https://"))
        assert preflight().host == address


def test_a_workspace_that_is_down(workspace: FakeWorkspace) -> None:
    workspace.fail("GET", "well-known", 503, times=9)
    with pytest.raises(LakehouseError, match="status 503: the workspace is not available"):
        check_host(workspace.address)
    assert workspace.count("GET", "well-known") == 3


def test_a_hiccup_is_forgiven(configured: FakeWorkspace) -> None:
    configured.fail("GET", "well-known", 503)
    configured.fail("GET", "scim", 429)
    assert preflight().warehouse_id == "w1"


def test_no_host_at_all() -> None:
    with pytest.raises(LakehouseError, match="No Databricks workspace is configured") as raised:
        configured_host()
    assert raised.value.exit_code == ExitCode.USAGE
    assert "databricks auth login" in raised.value.remedy


def test_the_host_of_a_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "cfg"
    file.write_text("[DEFAULT]\nhost = https://a.example\n[work]\nhost = https://b.example\n")
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(file))
    assert configured_host() == "https://a.example"
    monkeypatch.setenv("DATABRICKS_CONFIG_PROFILE", "work")
    assert configured_host() == "https://b.example"
    monkeypatch.setenv("DATABRICKS_CONFIG_PROFILE", "missing")
    with pytest.raises(LakehouseError, match="missing"):
        configured_host()


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_token(
    configured: FakeWorkspace, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setenv("DATABRICKS_TOKEN", "expired")
    if status == 401:
        configured.fail("GET", "scim", 401, message="Credential was not sent or was invalid")
    began = time.monotonic()
    with pytest.raises(LakehouseError, match=r"Signing in to .* \(pat\): ") as raised:
        preflight()
    assert time.monotonic() - began < SECONDS
    assert "DATABRICKS_TOKEN" in raised.value.remedy
    assert "expired" not in raised.value.message
    assert configured.count("GET", "scim") == 1


def test_no_credentials(configured: FakeWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABRICKS_TOKEN")
    with pytest.raises(LakehouseError, match="No usable credentials") as raised:
        preflight()
    assert "auth login" in raised.value.remedy
    assert configured.count("GET", "scim") == 0


def test_another_server(configured: FakeWorkspace) -> None:
    configured.fail("GET", "well-known", 404)
    configured.fail("GET", "well-known", 404)
    configured.fail("GET", "scim", 404, message="no such page")
    with pytest.raises(LakehouseError, match="no such page") as raised:
        preflight()
    assert "account console" in raised.value.remedy


def test_a_warehouse_that_does_not_exist(
    configured: FakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABRICKS_HTTP_PATH", "/sql/1.0/warehouses/other")
    with pytest.raises(LakehouseError, match="Warehouse other does not exist") as raised:
        preflight()
    assert "Serverless Starter Warehouse (w1)" in raised.value.remedy
    assert configured.count("GET", "/warehouses/other$") == 1


def test_a_warehouse_that_may_not_be_used(configured: FakeWorkspace) -> None:
    configured.fail("GET", "/warehouses/w1", 403, code="PERMISSION_DENIED", message="not yours")
    with pytest.raises(LakehouseError, match="Looking up the warehouse w1: not yours") as raised:
        preflight()
    assert "CAN USE" in raised.value.remedy


def test_a_deleted_warehouse(configured: FakeWorkspace) -> None:
    configured.warehouses["w1"]["state"] = "DELETED"
    with pytest.raises(LakehouseError, match="was deleted"):
        preflight()


@pytest.mark.parametrize("path", ["", "w1", "/sql/protocolv1/o/1/0923-abc", "/sql/1.0/warehouses/"])
def test_a_path_that_is_no_warehouse(
    configured: FakeWorkspace, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setenv("DATABRICKS_HTTP_PATH", path)
    with pytest.raises(LakehouseError, match="DATABRICKS_HTTP_PATH") as raised:
        preflight()
    assert raised.value.exit_code == ExitCode.USAGE
    assert configured.count("POST", ".") == 0


def test_a_catalog_that_does_not_exist(
    configured: FakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABRICKS_CATALOG", "sales_moon")
    with pytest.raises(LakehouseError, match="Catalog sales_moon does not exist") as raised:
        preflight()
    assert "USE CATALOG" in raised.value.remedy
    assert configured.count("GET", "catalogs/sales_moon") == 1


def test_a_stopped_warehouse_is_started_and_waited_for(
    workspace: FakeWorkspace, lines: list[str]
) -> None:
    workspace.warehouses["w1"]["state"] = "STOPPED"
    start_warehouse(workspace.client, "w1", report=lines.append)
    assert workspace.warehouses["w1"]["state"] == "RUNNING"
    assert [line.split(" (")[0].split(": ")[1] for line in lines] == ["starting", "running"]
    start_warehouse(workspace.client, "w1")
    assert workspace.count("POST", "/start$") == 1, "a running one is left alone"


def test_a_warehouse_that_does_not_start(workspace: FakeWorkspace) -> None:
    workspace.warehouses["w1"]["state"] = "STOPPED"
    workspace.starting_looks = 10**9
    with pytest.raises(LakehouseError, match="Starting the warehouse w1: timed out") as raised:
        start_warehouse(workspace.client, "w1", timeout=timedelta(seconds=0.2))
    assert "/sql/warehouses/w1" in raised.value.remedy
    workspace.warehouses["w1"]["state"] = "DELETED"
    with pytest.raises(LakehouseError, match=r"failed to reach RUNNING, got State.DELETED"):
        start_warehouse(workspace.client, "w1")
