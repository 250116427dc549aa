"""The documentation site: dbt's pages of models, tests and lineage, as one file in `site/docs`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from orchestration.dbt_runner import dbt_environment, ensure_profiles, target_dir
from orchestration.errors import LakehouseError, from_os_error
from orchestration.packages import DBT
from orchestration.settings import Settings, load_settings


def make_docs(settings: Settings) -> str:
    """Write the documentation and return where it is.

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
    page = settings.site / "docs" / "index.html"
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(target_dir(settings) / "static_index.html", page)
    except OSError as error:
        raise from_os_error(error, "writing the documentation") from error
    return os.fspath(page)


if __name__ == "__main__":
    try:
        sys.stdout.write(f"The documentation is {make_docs(load_settings())}\n")
    except LakehouseError as error:
        sys.exit(str(error))
