"""`lakehouse check`."""

from __future__ import annotations

import time

import typer


def check() -> None:
    """Check bundle, job, dashboard and Genie space without a workspace."""
    from orchestration.plain import say
    from orchestration.settings import load_settings
    from tools.check.checks import STEPS

    project_dir, started, count = load_settings().project_dir, time.monotonic(), 0
    for name, step in STEPS:
        if name == "dbt commands" or time.monotonic() - started > 1:
            say(f"Checking the {name} ...", err=True)
        for finding in step(project_dir):
            say(f"{finding} {finding.remedy}".rstrip())
            count += 1
    say(f"{count} finding{'s' * (count > 1)}." if count else "All checks passed.")
    if count:
        raise typer.Exit(1)
