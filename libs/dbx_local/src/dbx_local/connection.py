"""How a client reaches a warehouse that runs: addresses, environment, dbt profile."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

PROFILE = "sales_lakehouse"


@dataclass(frozen=True)
class Connection:
    """Everything a client needs to know."""

    host: str
    port: int
    http_path: str
    catalog: str
    certificate: str
    volume_root: str | None
    pid: int

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables for a dbt that is to use this warehouse."""
        return {
            "DATABRICKS_HOST": f"{self.host}:{self.port}",
            "DATABRICKS_HTTP_PATH": self.http_path,
            "DATABRICKS_TOKEN": "local",
            "DATABRICKS_CATALOG": self.catalog,
            "REQUESTS_CA_BUNDLE": self.certificate,
        }

    def output(self, schema: str = "default", threads: int = 4) -> dict[str, Any]:
        """The target of a dbt profile."""
        uri = f"https://{self.host}:{self.port}{self.http_path}"
        return {
            "type": "databricks",
            "catalog": self.catalog,
            "schema": schema,
            "host": f"{self.host}:{self.port}",
            "http_path": self.http_path,
            "token": "local",
            "threads": threads,
            "connect_retries": 0,
            "connection_parameters": {
                "_connection_uri": uri,
                "_tls_trusted_ca_file": self.certificate,
                "enable_telemetry": False,
                "use_cloud_fetch": False,
                "_retry_stop_after_attempts_count": 1,
            },
        }

    def profile(self, schema: str = "default", threads: int = 4) -> dict[str, Any]:
        """A whole profiles.yml with the target `databricks`."""
        outputs = {"databricks": self.output(schema, threads)}
        return {PROFILE: {"target": "databricks", "outputs": outputs}}

    def write_profile(self, folder: Path, schema: str = "default", threads: int = 4) -> Path:
        """Write profiles.yml into `folder` and return the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(self.profile(schema, threads), sort_keys=False)
        (folder / "profiles.yml").write_text(text, encoding="utf-8")
        return folder

    def connector_arguments(self) -> dict[str, Any]:
        """Arguments for `databricks.sql.connect`."""
        output = self.output()
        return {
            "server_hostname": self.host,
            "http_path": self.http_path,
            "access_token": "local",
            "catalog": self.catalog,
            **output["connection_parameters"],
        }

    def save(self, path: Path) -> None:
        """Write the connection to a file, in one step."""
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(self), indent=2), encoding="utf-8")
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> Connection:
        """Read a connection from a file."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))
