"""How a client reaches the warehouse: addresses, environment, dbt profile."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

HOST = "127.0.0.1"
HTTP_PATH = "/sql/1.0/warehouses/local"
TOKEN = "local"  # any token is accepted


@dataclass(frozen=True)
class Connection:
    """What a client needs to know.

    Attributes:
        port: where the warehouse listens on 127.0.0.1.
        catalog: the name of its one catalog.
        certificate: the file with the certificate that the client has to trust.
        volume_root: the folder that is /Volumes, if there is one.
    """

    port: int
    catalog: str
    certificate: str
    volume_root: str | None = None
    host: str = HOST
    http_path: str = HTTP_PATH

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables for a client.

        The Databricks SDK inside dbt-databricks trusts the certificate by REQUESTS_CA_BUNDLE only.
        """
        return {
            "DATABRICKS_HOST": f"{self.host}:{self.port}",
            "DATABRICKS_HTTP_PATH": self.http_path,
            "DATABRICKS_TOKEN": TOKEN,
            "DATABRICKS_CATALOG": self.catalog,
            "REQUESTS_CA_BUNDLE": self.certificate,
        }

    @property
    def connection_parameters(self) -> dict[str, Any]:
        """What the connector needs beyond host, path and token."""
        return {
            "_connection_uri": f"https://{self.host}:{self.port}{self.http_path}",
            "_tls_trusted_ca_file": self.certificate,
            "enable_telemetry": False,
            "use_cloud_fetch": False,
            "_retry_stop_after_attempts_count": 1,
        }

    def connector_arguments(self) -> dict[str, Any]:
        """Arguments for `databricks.sql.connect`."""
        return {
            "server_hostname": self.host,
            "http_path": self.http_path,
            "access_token": TOKEN,
            "catalog": self.catalog,
            **self.connection_parameters,
        }

    def profile(
        self, name: str, *, target: str = "databricks", schema: str = "default", threads: int = 4
    ) -> str:
        """The text of a dbt profiles.yml with one target; `schema` is for models that name none."""
        output = {
            "type": "databricks",
            "catalog": self.catalog,
            "schema": schema,
            "host": f"{self.host}:{self.port}",
            "http_path": self.http_path,
            "token": TOKEN,
            "threads": threads,
            "connect_retries": 0,
            "connection_parameters": self.connection_parameters,
        }
        profile = {name: {"target": target, "outputs": {target: output}}}
        return yaml.safe_dump(profile, sort_keys=False)

    def save(self, path: Path) -> None:
        """Write the connection to a file, in one step."""
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(self)), encoding="utf-8")
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> Connection:
        """Read a connection from a file."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))
