"""What dbt itself says about the project: its pages as one file, the manifest, the catalog."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

from orchestration.console import RunConsole
from orchestration.dbt import dbt_environment, ensure_profiles, target_dir
from orchestration.errors import LakehouseError, os_errors
from orchestration.files import is_empty
from orchestration.packages import DBT
from orchestration.run import RunOptions, run
from orchestration.settings import Settings

PAGE = "docs/index.html"
"""Where dbt's own page is in the site."""
SCALE = 0.1


def ensure_built(settings: Settings, console: RunConsole) -> Settings:
    """The same settings if something is built; else those of a build of sample files.

    The sample and its build have a folder of their own: landing and warehouse stay as they are.
    """
    if settings.published.is_file() and settings.duckdb.is_file():
        return settings
    folder = settings.project_dir / ".cache" / "docs"
    own = settings.model_copy(
        update={
            "landing": folder / "landing",
            "duckdb": folder / "warehouse" / "lakehouse.duckdb",
            "published": folder / "warehouse" / "published.duckdb",
            "dbt_target": folder / "target",
        }
    )
    console.step(f"Nothing is built yet: building sample files in {folder} for the documentation")
    if is_empty(own.landing):
        from sales_sample import write_sample

        write_sample(out=own.landing, scale=SCALE)
    run(own, RunOptions(), console)
    return own


def generate(settings: Settings) -> tuple[dict[str, Any], dict[str, Any]]:
    """Have dbt describe what is built, and put its page into the site.

    Returns:
        The manifest and the catalog.

    Raises:
        LakehouseError: when dbt fails, with dbt's own words.
    """
    ensure_profiles(settings.project_dir)
    made = subprocess.run(
        [*DBT, "--no-use-colors", "--quiet", "docs", "generate", "--static"],
        cwd=settings.project_dir,
        env=dbt_environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        raise LakehouseError(
            f"dbt could not make the documentation:\n{(made.stdout + made.stderr).strip()}",
            "Run `lakehouse run` and then `lakehouse docs` again.",
        )
    page, artifacts = settings.site / PAGE, target_dir(settings)
    with os_errors("writing the documentation"):
        page.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(artifacts / "static_index.html", page)
        manifest = json.loads((artifacts / "manifest.json").read_text(encoding="utf-8"))
        catalog = json.loads((artifacts / "catalog.json").read_text(encoding="utf-8"))
    return manifest, catalog
