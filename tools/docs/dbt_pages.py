"""What dbt itself says about the project: its pages as one file, the manifest, the catalog."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

from orchestration.dbt import dbt_environment, ensure_profiles, target_dir
from orchestration.errors import LakehouseError, from_os_error
from orchestration.packages import DBT
from orchestration.settings import Settings

PAGE = "docs/index.html"
"""Where dbt's own page is in the site."""


def generate(settings: Settings) -> tuple[dict[str, Any], dict[str, Any]]:
    """Have dbt describe what is built, put its page into the site, and read the rest.

    Returns:
        The manifest and the catalog.

    Raises:
        LakehouseError: when dbt cannot make it, with dbt's own words.
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
            "Run `lakehouse run` first: the catalog describes what is built.",
        )
    page = settings.site / PAGE
    artifacts = target_dir(settings)
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(artifacts / "static_index.html", page)
        manifest, catalog = (
            json.loads((artifacts / name).read_text(encoding="utf-8"))
            for name in ("manifest.json", "catalog.json")
        )
    except OSError as error:
        raise from_os_error(error, "writing the documentation") from error
    return manifest, catalog
