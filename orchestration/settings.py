"""Where things are, and where alerts go: project, landing folder, databases, site, webhook.

Every place can be moved with an environment variable (`LAKEHOUSE_LANDING`, ...) or by a command
line option. A path given by the user is relative to the current folder, a default is relative
to the project, so that `lakehouse` works from anywhere.
"""

from __future__ import annotations

import os.path
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from orchestration.errors import ExitCode, LakehouseError

PROJECT_FILE = "dbt_project.yml"
PLACES = ("landing", "duckdb", "published", "site")
"""The settings that can be moved from the project's folder to another."""


def find_project_dir() -> Path:
    """The folder with `dbt_project.yml`: the current one or a parent of it, else the package's.

    The current folder goes first so that a second clone is not run by the first one's command.
    """
    here = Path.cwd()
    package = Path(__file__).resolve().parent.parent
    for folder in (here, *here.parents):
        if (folder / PROJECT_FILE).is_file() and (folder / "orchestration").is_dir():
            return folder
    return package


class Settings(BaseSettings):
    """The places a run works with; all paths are absolute after validation."""

    model_config = SettingsConfigDict(
        env_prefix="LAKEHOUSE_", env_ignore_empty=True, extra="ignore", validate_default=True
    )

    project_dir: Path = Field(default_factory=find_project_dir)
    """The folder of `dbt_project.yml`."""
    landing: Path = Path("landing")
    """The folder where source files are dropped."""
    duckdb: Path = Path("warehouse/lakehouse.duckdb")
    """The working database (bronze, silver)."""
    published: Path = Path("warehouse/published.duckdb")
    """The published database (gold, quality): all that readers open."""
    site: Path = Path("site")
    """The folder of the pages: dashboard.html and what comes with it."""
    dbt_target: Path | None = None
    """The folder of dbt's artifacts; without one, `DBT_TARGET_PATH` or `target` in the project."""

    alert_url: str = Field(default="", repr=False)
    """A webhook that gets alerts."""
    alert_command: str = Field(default="", repr=False)
    """A command for the shell that takes the text of alerts on its standard input."""

    @model_validator(mode="after")
    def _make_absolute(self) -> Settings:
        """Anchor the given paths at the current folder and the defaults at the project."""
        given = self.model_fields_set
        self.project_dir = self.project_dir.expanduser().absolute()
        for name in PLACES:
            path: Path = getattr(self, name).expanduser()
            anchor = Path.cwd() if name in given else self.project_dir
            setattr(self, name, Path(os.path.normpath(anchor / path)))
        return self

    @property
    def landing_is_default(self) -> bool:
        """Whether the landing folder is the project's own, which the sample may fill."""
        return self.landing == self.project_dir / "landing"

    @property
    def candidate(self) -> Path:
        """The database in which gold is built before it is published, beside the published one."""
        return self.published.with_name(f"{self.published.name}.next")

    @property
    def warehouse(self) -> Path:
        """The folder of the working database, its lock and the last run's result."""
        return self.duckdb.parent

    @property
    def last_run(self) -> Path:
        """How the last run ended, a JSON object."""
        return self.warehouse / ".last_run.json"

    @property
    def page(self) -> Path:
        """The dashboard as one file."""
        return self.site / "dashboard.html"

    @property
    def dashboard(self) -> Path:
        """The dashboard's definition, one file for Databricks and for the local page.

        Raises:
            LakehouseError: when there is none, or several.
        """
        folder = self.project_dir / "dashboards"
        found = sorted(folder.glob("*.lvdash.json"))
        if len(found) != 1:
            names = ", ".join(path.name for path in found) or "none"
            raise LakehouseError(
                f"There must be one .lvdash.json in {folder}; there is {names}.",
                "Keep the dashboard of this project there and nothing else.",
                ExitCode.USAGE,
            )
        return found[0]

    def environment(self) -> dict[str, str]:
        """The places as environment variables, for a child process."""
        names = ("project_dir", *PLACES)
        return {f"LAKEHOUSE_{name.upper()}": str(getattr(self, name)) for name in names}


def load_settings(**overrides: Path | None) -> Settings:
    """Settings from the environment and the given overrides (None means not given).

    Raises:
        LakehouseError: when there is no project in the folder the settings name, a database is
            a folder, or both are one file.
    """
    given: dict[str, Any] = {name: value for name, value in overrides.items() if value is not None}
    settings = Settings(**given)
    if not (settings.project_dir / PROJECT_FILE).is_file():
        raise LakehouseError(
            f"No {PROJECT_FILE} in {settings.project_dir}.",
            "Run the command inside the project, or set LAKEHOUSE_PROJECT_DIR to its folder.",
            ExitCode.USAGE,
        )
    for name, path in (("DUCKDB", settings.duckdb), ("PUBLISHED", settings.published)):
        if path.is_dir():
            raise LakehouseError(
                f"{path} is a folder, not a database.",
                f"Set LAKEHOUSE_{name} to a file, such as {path / 'lakehouse.duckdb'}.",
                ExitCode.USAGE,
            )
    # A publication replaces its file as a whole: loaded rows and histories would be lost.
    if settings.duckdb.resolve() in (settings.published.resolve(), settings.candidate.resolve()):
        raise LakehouseError(
            f"The working database {settings.duckdb} is the published one, or its candidate.",
            "Set LAKEHOUSE_DUCKDB and LAKEHOUSE_PUBLISHED to different files.",
            ExitCode.USAGE,
        )
    return settings
